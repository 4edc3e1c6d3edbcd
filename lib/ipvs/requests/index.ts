export * from './destinations.ts';
export * from './dumps.ts';
export * from './services.ts';
export * from './settings.ts';
