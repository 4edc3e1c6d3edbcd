export * from './genetlink/index.ts';
export * from './ipvs/index.ts';
export * from './netlink/index.ts';
export * from './route/index.ts';
