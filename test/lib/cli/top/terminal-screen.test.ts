import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, it } from 'node:test';
import { TerminalScreen } from '../../../../lib/cli/top/screen/terminal-screen.ts';

/** A terminal in memory, and the process that uses it. */
class FakeDevice {
  readonly input = Object.assign(new EventEmitter(), {
    isRaw: false,
    isPaused: true,
    setRawMode: (raw: boolean) => {
      if (this.isClosed) throw new Error('EIO');
      this.input.isRaw = raw;
    },
    setEncoding: () => {},
    resume: () => {
      this.input.isPaused = false;
    },
    pause: () => {
      this.input.isPaused = true;
    },
  });
  readonly output = Object.assign(new EventEmitter(), { columns: 90, rows: 20 });
  /** The signals that the process has sent, each with the state of the terminal at that time. */
  readonly kills: string[] = [];
  readonly process = Object.assign(new EventEmitter(), {
    pid: 4242,
    kill: (pid: number, signal: string) => {
      const listened = this.process.listenerCount(signal) > 0 ? ', which it handles' : '';
      this.kills.push(`${pid} ${signal}${listened}, ${this.state}`);
    },
  });
  written = '';
  isClosed = false;
  readonly write = (text: string): void => {
    if (this.isClosed) throw new Error('EIO');
    this.written += text;
  };

  /** Whether the terminal has its original modes, those of a TerminalScreen, or some of both. */
  get state(): 'restored' | 'in use' | 'mixed' {
    const isOn = (mode: string): boolean =>
      this.written.lastIndexOf(`\x1b[?${mode}h`) > this.written.lastIndexOf(`\x1b[?${mode}l`);
    const isOff = (mode: string): boolean =>
      this.written.lastIndexOf(`\x1b[?${mode}l`) > this.written.lastIndexOf(`\x1b[?${mode}h`);
    if (isOn('1049') && isOff('25') && isOff('7') && this.input.isRaw) return 'in use';
    return !isOn('1049') && !isOff('25') && !isOff('7') && !this.input.isRaw ? 'restored' : 'mixed';
  }

  get listeners(): number {
    return [this.input, this.output, this.process].reduce(
      (sum, emitter) => sum + emitter.eventNames().length,
      0,
    );
  }
}

describe('a terminal', () => {
  let device: FakeDevice;
  let screen: TerminalScreen;
  let keys: string[];
  let redraws: number;
  let ends: number;

  beforeEach(() => {
    device = new FakeDevice();
    screen = new TerminalScreen(device);
    [keys, redraws, ends] = [[], 0, 0];
    screen.start({
      keys: (pressed) => keys.push(...pressed),
      redraw: () => redraws++,
      end: () => ends++,
    });
    assert.deepEqual([device.state, device.input.isPaused], ['in use', false]);
  });

  it('is restored when it is stopped, and only once', () => {
    screen.stop();
    const { written } = device;
    screen.stop();
    assert.deepEqual([device.state, device.input.isPaused, device.listeners], ['restored', true, 0]);
    assert.equal(device.written, written);
  });

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'])
    it(`is restored before ${signal} ends the process`, () => {
      device.process.emit(signal);
      assert.deepEqual(device.kills, [`4242 ${signal}, restored`]);
    });

  it('is restored when the process exits, for whatever reason', () => {
    device.process.emit('exit');
    assert.equal(device.state, 'restored');
  });

  it('is restored while the process is stopped, and used again afterwards', () => {
    device.process.emit('SIGTSTP');
    assert.deepEqual(device.kills, ['4242 SIGTSTP, restored']);
    assert.deepEqual([device.state, redraws], ['in use', 1]);
    device.input.emit('data', '\x1a');
    assert.deepEqual(device.kills.slice(1), ['0 SIGTSTP, restored'], 'to the whole process group');
    assert.equal(redraws, 2);
    device.process.emit('SIGTSTP');
    assert.equal(device.kills.length, 3, 'its listener is added again');
  });

  it('is set up again when another program has used it', () => {
    device.input.isRaw = false;
    device.written += '\x1b[?1049l\x1b[?25h';
    device.process.emit('SIGCONT');
    assert.deepEqual([device.state, redraws], ['in use', 1]);
    device.input.emit('data', '\x0c');
    assert.equal(redraws, 2);
  });

  it('has a size, which is 80x24 if it is unknown', () => {
    assert.deepEqual(screen.size, { columns: 90, rows: 20 });
    Object.assign(device.output, { columns: 0, rows: undefined });
    assert.deepEqual(screen.size, { columns: 80, rows: 24 });
    device.output.emit('resize');
    assert.equal(redraws, 1);
  });

  it('reports keys, and Escape when nothing follows the ESC character', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    device.input.emit('data', 'a\x1b');
    device.input.emit('data', '[A');
    device.input.emit('data', '\x1b');
    assert.deepEqual(keys, ['a', 'up']);
    context.mock.timers.tick(100);
    assert.deepEqual(keys, ['a', 'up', 'escape']);
  });

  it('may be closed while it is in use', () => {
    device.isClosed = true;
    device.input.emit('error', new Error('EIO'));
    device.input.emit('end');
    assert.equal(ends, 2);
    screen.stop();
    assert.equal(device.listeners, 0);
  });
});
