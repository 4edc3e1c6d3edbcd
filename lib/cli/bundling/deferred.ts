/**
 * Modules that the bundle loads when something of theirs is used first: most command lines never need the
 * general parser of addresses, one that reads a capture needs no libc, and a listing plans, patches, drains
 * and watches nothing.
 */
export const DEFERRED: RegExp = /^ip-address$|\/(libc|plan\/apply|watch\/watch)\.js$|^\.\/(drain|patch)\.js$/;
