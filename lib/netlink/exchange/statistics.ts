/** Counters of a connection; they never decrease. */
export class ConnectionStatistics {
  /** Datagrams sent, with one system call each. */
  sends = 0;
  /** System calls to receive a datagram, successful or not. */
  receives = 0;
  /** Datagrams received. */
  datagrams = 0;
  /** Bytes sent. */
  bytesSent = 0;
  /** Bytes received. */
  bytesReceived = 0;
  /** Requests sent; a datagram can contain several. */
  requests = 0;
  /** Messages received, acks and NLMSG_DONE included. */
  messages = 0;
  /** Messages addressed to another port id, which were dropped. */
  foreign = 0;
  /** Messages for requests that had ended or were cancelled, which were dropped. */
  stale = 0;
  /** Messages with sequence number 0, which belong to no request and were dropped. */
  notifications = 0;
  /** Number of times the kernel reported lost replies. */
  overruns = 0;
  /** Number of times a dump was sent again because it was interrupted or truncated. */
  retries = 0;
}
