const faults: readonly RegExp[] = [
  /\bWARNING: /,
  /\bBUG: /,
  /\bBUG at /,
  /\bOops\b/,
  /\bINFO: (task|rcu|possible|inconsistent)/,
  /general protection fault/,
  /Kernel panic/,
  /Call Trace:/,
  /refcount_t: /,
  /list_(add|del) corruption/,
  /unregister_netdevice: waiting/,
  /disagrees about version of symbol/,
  /segfault at/,
  /INFO: trying to register non-static key/,
  /kmemleak: [1-9]\d* new suspected memory leaks/,
];

/** The lines of a kernel log that report a fault: warnings with a trace, bugs, stalls, refused modules, crashes. */
export function kernelFaults(log: string): string[] {
  return log.split('\n').filter((line) => faults.some((pattern) => pattern.test(line)));
}
