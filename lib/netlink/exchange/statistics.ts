/** Counts of what a connection has done so far; none of them decreases. */
export interface ConnectionStatistics {
  /** Datagrams sent: one system call each. */
  sends: number;
  /** System calls that received or tried to. */
  receives: number;
  /** Datagrams received. */
  datagrams: number;
  /** Bytes sent. */
  bytesSent: number;
  /** Bytes received. */
  bytesReceived: number;
  /** Requests sent; a datagram can hold several. */
  requests: number;
  /** Reply messages, acks and ends of dumps included. */
  messages: number;
  /** Messages addressed to another port id, which were dropped. */
  foreign: number;
  /** Messages for requests that had ended or were cancelled, which were dropped. */
  stale: number;
  /** Messages with sequence number 0, which answer no request and were dropped. */
  notifications: number;
  /** How often the kernel said that it had lost replies. */
  overruns: number;
  /** Dumps that were sent again because the table changed under them. */
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
