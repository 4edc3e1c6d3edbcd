/** Counters of a connection; they never decrease. */
export interface ConnectionStatistics {
  /** Datagrams sent, with one system call each. */
  sends: number;
  /** System calls to receive a datagram, successful or not. */
  receives: number;
  /** Datagrams received. */
  datagrams: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Bytes received. */
  bytesReceived: number;
  /** Requests sent; a datagram can contain several. */
  requests: number;
  /** Messages received, acks and NLMSG_DONE included. */
  messages: number;
  /** Messages addressed to another port id, which were dropped. */
  foreign: number;
  /** Messages for requests that had ended or were cancelled, which were dropped. */
  stale: number;
  /** Messages with sequence number 0, which belong to no request and were dropped. */
  notifications: number;
  /** Number of times the kernel reported lost replies. */
  overruns: number;
  /** Number of times a dump was sent again because it was interrupted or truncated. */
  retries: number;
}

/** New statistics, all zero. */
export function newStatistics(): ConnectionStatistics {
  return {
    sends: 0,
    receives: 0,
    datagrams: 0,
    bytesSent: 0,
    bytesReceived: 0,
    requests: 0,
    messages: 0,
    foreign: 0,
    stale: 0,
    notifications: 0,
    overruns: 0,
    retries: 0,
  };
}
