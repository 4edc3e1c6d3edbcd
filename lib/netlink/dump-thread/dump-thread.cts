// The worker thread of `DumpReadAhead`. CommonJS that imports nothing from this project, so that it starts quickly.
import type { DumpThreadData } from './dump-slots.ts' with { 'resolution-mode': 'import' };

const { readSync, writeSync }: typeof import('node:fs') = require('node:fs');
const { workerData }: typeof import('node:worker_threads') = require('node:worker_threads');

const data: DumpThreadData = workerData;
const { descriptor, control, bytes, State, Word, SlotWord, Limit, readLength, shortDatagram } = data;
const slotLength = bytes.length / Limit.SLOTS;
const wordsPerSlot = (control.length - Word.FIRST_SLOT) / Limit.SLOTS;

/** Reads a datagram to an offset in the shared memory; returns its length in bytes, or -1 if there is none left. */
function readDatagram(offset: number): number {
  for (;;) {
    try {
      return readSync(descriptor, bytes, offset, readLength, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return -1;
      if (code !== 'EINTR') throw error;
    }
  }
}

/**
 * Sends the request that is in a slot, and reads the whole dump into the slot; returns the number of its datagrams.
 * `firstWord` is the index of the slot's first control word.
 */
function dump(slot: number, firstWord: number): number {
  const start = slot * slotLength;
  writeSync(descriptor, bytes, start, control[firstWord + SlotWord.REQUEST_LENGTH]!, null);
  for (let count = 0; ; count++) {
    // The last buffer of the slot is for the datagrams that are discarded.
    const bufferIndex = Math.min(count, Limit.MAX_DATAGRAMS);
    const length = readDatagram(start + Limit.MAX_REQUEST_LENGTH + bufferIndex * readLength);
    if (length < 0) return count;
    if (bufferIndex === count) control[firstWord + SlotWord.DATAGRAM_LENGTHS + count] = length;
    // A datagram shorter than this is the last one of its dump.
    if (length < shortDatagram) return count + 1;
  }
}

function readDumps(): void {
  for (let read = 0; ; ) {
    const requested = Atomics.load(control, Word.REQUESTED);
    if (requested < 0) return;
    if (requested === read) {
      Atomics.wait(control, Word.REQUESTED, requested);
      continue;
    }
    const slot = read % Limit.SLOTS;
    const firstWord = Word.FIRST_SLOT + slot * wordsPerSlot;
    let datagrams: number;
    try {
      datagrams = dump(slot, firstWord);
    } catch (error) {
      datagrams = (error as NodeJS.ErrnoException).errno ?? -1;
    }
    control[firstWord + SlotWord.DATAGRAMS] = datagrams;
    Atomics.store(control, Word.READ, ++read);
    Atomics.notify(control, Word.READ);
    if (datagrams < 0) return;
  }
}

if (Atomics.compareExchange(control, Word.STATE, State.STARTING, State.RUNNING) === State.STARTING) {
  readDumps();
  Atomics.store(control, Word.STATE, State.ENDED);
  Atomics.notify(control, Word.STATE);
}
