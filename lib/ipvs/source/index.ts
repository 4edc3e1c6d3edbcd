export { EtcdSource } from './etcd/etcd-source.ts';
export type { EtcdOptions } from './etcd/options.ts';
export { PathSource } from './path-source.ts';
export type { SourceEvent, StateSource } from './state-source.ts';
