#!/usr/bin/env node
// CommonJS, and as short as possible: it runs first at each start.
const fs: typeof import('node:fs') = require('node:fs');

/** The whole command in one file; see bundling/make-bundle.ts. */
const bundle = `${__dirname}/bundle.cjs`;
/**
 * The code that V8 compiled from the bundle when the package was built, valid for this version of V8 only.
 */
const codeCache = `${__dirname}/bundle-${process.versions.v8}-${process.arch}.cache`;

/** Whether a file contains `bytes` at `position`; reads it in parts into one small buffer, as new memory costs time. */
function contains(file: number, bytes: Buffer, position: number): boolean {
  const part = Buffer.allocUnsafeSlow(65536);
  for (let at = 0; at < bytes.length; at += part.length) {
    const expected = bytes.subarray(at, at + part.length);
    const length = fs.readSync(file, part, 0, expected.length, position + at);
    if (!expected.equals(part.subarray(0, length))) return false;
  }
  return true;
}

/**
 * Returns the code cache if it is intact and was made from this source. V8 checks neither and would run
 * corrupt code, so the file contains the code twice, with the source in between.
 */
function readCodeCache(source: Buffer): Buffer | undefined {
  try {
    const length = (fs.statSync(codeCache).size - source.length) / 2;
    if (!Number.isInteger(length) || length <= 0) return undefined;
    const file = fs.openSync(codeCache, 'r');
    const code = Buffer.allocUnsafeSlow(length);
    fs.readSync(file, code, 0, length, 0);
    const intact = contains(file, source, length) && contains(file, code, length + source.length);
    fs.closeSync(file);
    return intact ? code : undefined;
  } catch {
    return undefined;
  }
}

const source = fs.readFileSync(bundle);
const cachedData = readCodeCache(source);
if (cachedData === undefined) {
  // Node's own compile cache (22.1 and later) is the next best.
  (require('node:module') as { enableCompileCache?(): void }).enableCompileCache?.();
  require(bundle);
} else {
  const { Script }: typeof import('node:vm') = require('node:vm');
  const script = new Script(source.toString('latin1'), { filename: bundle, cachedData });
  script.runInThisContext()(require, bundle, __dirname);
}
