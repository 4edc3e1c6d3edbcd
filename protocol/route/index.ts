export * from './attributes.ts';
export * from './objects.ts';
