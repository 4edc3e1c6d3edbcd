#!/usr/bin/env node
// CommonJS, and as little as possible: this runs before everything else at each start.
const { readFileSync }: typeof import('node:fs') = require('node:fs');

/** The whole command line in one file; see bundling/make-bundle.ts. */
const bundle = `${__dirname}/bundle.cjs`;
/** What V8 made of the bundle when the package was built, for this V8 alone. */
const codeCache = `${__dirname}/bundle-${process.versions.v8}-${process.arch}.cache`;

/**
 * The code cache, if it is whole and made from this source. V8 itself checks neither: it would run
 * whatever the bytes happen to mean. So the file holds the code twice, and the source in between.
 */
function readCodeCache(source: Buffer): Buffer | undefined {
  let cache: Buffer;
  try {
    cache = readFileSync(codeCache);
  } catch {
    return undefined;
  }
  const length = (cache.length - source.length) / 2;
  if (!Number.isInteger(length) || length <= 0) return undefined;
  const code = cache.subarray(0, length);
  const whole =
    source.equals(cache.subarray(length, -length)) && code.equals(cache.subarray(cache.length - length));
  return whole ? code : undefined;
}

const source = readFileSync(bundle);
const cachedData = readCodeCache(source);
if (cachedData === undefined) {
  // Where Node keeps a cache of its own (22.1 and later), that is the next best.
  (require('node:module') as { enableCompileCache?(): void }).enableCompileCache?.();
  require(bundle);
} else {
  const { Script }: typeof import('node:vm') = require('node:vm');
  const wrapped = `(function (require, __filename, __dirname) {${source.toString('latin1')}\n})`;
  const script = new Script(wrapped, { filename: bundle, cachedData });
  script.runInThisContext()(require, bundle, __dirname);
}
