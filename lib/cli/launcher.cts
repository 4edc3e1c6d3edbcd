#!/usr/bin/env node
// CommonJS, and as short as possible: it runs first at each start.
const { readFileSync }: typeof import('node:fs') = require('node:fs');

/** The whole command in one file; see bundling/make-bundle.ts. */
const bundle = `${__dirname}/bundle.cjs`;
/**
 * The code that V8 compiled from the bundle when the package was built, valid for this version of V8 only.
 */
const codeCache = `${__dirname}/bundle-${process.versions.v8}-${process.arch}.cache`;

/**
 * Returns the code cache if it is intact and was made from this source. V8 checks neither and would run
 * corrupt code, so the file contains the code twice, with the source in between.
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
  const intact =
    source.equals(cache.subarray(length, -length)) && code.equals(cache.subarray(cache.length - length));
  return intact ? code : undefined;
}

const source = readFileSync(bundle);
const cachedData = readCodeCache(source);
if (cachedData === undefined) {
  // Node's own compile cache (22.1 and later) is the next best.
  (require('node:module') as { enableCompileCache?(): void }).enableCompileCache?.();
  require(bundle);
} else {
  const { Script }: typeof import('node:vm') = require('node:vm');
  const wrapped = `(function (require, __filename, __dirname) {${source.toString('latin1')}\n})`;
  const script = new Script(wrapped, { filename: bundle, cachedData });
  script.runInThisContext()(require, bundle, __dirname);
}
