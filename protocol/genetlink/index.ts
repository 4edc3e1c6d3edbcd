export * from './controller.ts';
export * from './messages.ts';
