/**
 * Modules that the bundle loads on first use of one of their exports. Most commands never use the general address
 * parser, reading a capture needs no libc, and a listing needs no plan, partial update, drain, watch or batch, describes
 * no message, and hardly ever names an error.
 */
export const DEFERRED: RegExp =
  /^(ip-address|node:v8)$|\/(libc|plan\/apply|watch\/watch|describe\/traffic|text\/errno-name|encode\/nests)\.js$|^\.\/(drain|patch|batch|daemons|pcapng-frames|listing|destination-reader)\.js$/;
