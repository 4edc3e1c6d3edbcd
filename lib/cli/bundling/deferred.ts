/**
 * Modules that the bundle loads on first use of one of their exports: most commands never use the general
 * address parser, reading a capture needs no libc, and listings need no plan, partial update, drain or watch.
 */
export const DEFERRED: RegExp = /^ip-address$|\/(libc|plan\/apply|watch\/watch)\.js$|^\.\/(drain|patch)\.js$/;
