import { readFileSync, readlinkSync } from 'node:fs';
import { createExternalBuffer, DataType, load, open } from 'ffi-rs';
import { HOST_IS_LITTLE_ENDIAN } from '../../../protocol/netlink/index.ts';
import { Socket, SocketOption } from './socket-constants.ts';

// Every struct that a call reads or writes is in this one buffer, which is never freed: ffi-rs does not keep a
// buffer alive when it has returned its address.
const SCRATCH_LENGTH = 128;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_LENGTH);
/** Offset of the `socklen_t` that getsockopt and getsockname read and write. */
const LENGTH_OFFSET = SCRATCH_LENGTH - 8;

const view = new DataView(scratch.buffer, scratch.byteOffset, SCRATCH_LENGTH);

const { I32, U32, I64, U64, U8Array, External } = DataType;
const LIBRARY = 'c';

open({ library: LIBRARY, path: '' });

/** Returns the memory address of a buffer, which must stay referenced for ever. */
function addressOf(buffer: Buffer): number {
  return load({
    library: LIBRARY,
    funcName: 'memmove',
    retType: I64,
    paramsType: [U8Array, U8Array, U64],
    paramsValue: [buffer, buffer, 0],
  });
}

const scratchAddress = addressOf(scratch);

const RTLD_NOW = 2;
const RTLD_NODELETE = 0x1000;

/**
 * Prevents the addon of ffi-rs from being unloaded. If only a worker has loaded it, it would be unloaded with
 * the worker, and the process would crash in the destructors of the addon's thread-local data.
 */
function pinAddon(): void {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const [, path] = / (\/.*ffi-rs.*\.node)$/m.exec(maps) ?? [];
  if (path === undefined) return;
  load({
    library: LIBRARY,
    funcName: 'dlopen',
    retType: I64,
    paramsType: [U8Array, I32],
    paramsValue: [Buffer.from(`${path}\0`), RTLD_NOW | RTLD_NODELETE],
  });
}

/** Whether this is the main thread. `node:worker_threads` says so, too, but takes milliseconds to load. */
function isMainThread(): boolean {
  const [processId, , threadId] = readlinkSync('/proc/thread-self').split('/');
  return processId === threadId;
}

if (!isMainThread()) pinAddon();

// Each thread has its own errno, and each worker its own copy of this module.
const errnoBuffer = createExternalBuffer(
  load({
    library: LIBRARY,
    funcName: '__errno_location',
    retType: External,
    paramsType: [],
    paramsValue: [],
  }),
  4,
);
const errnoWords = new Int32Array(errnoBuffer.buffer, errnoBuffer.byteOffset, 1);

/** Declares a C function that returns an int; a call returns the negative errno if it fails. */
function declare(funcName: string, paramsType: DataType[]): (...values: number[]) => number {
  const parameters = { library: LIBRARY, funcName, retType: I32, paramsType, paramsValue: [] as number[] };
  return (...values) => {
    for (const [index, value] of values.entries()) {
      if (!fits(paramsType[index], value)) {
        throw new RangeError(`argument ${index + 1} of ${funcName} is out of range: ${value}`);
      }
    }
    parameters.paramsValue = values;
    const result = load(parameters) as number;
    return result < 0 ? -(errnoWords[0] as number) : result;
  };
}

function fits(type: DataType | undefined, value: number): boolean {
  if (!Number.isInteger(value)) return false;
  if (type === U32) return value >= 0 && value <= 0xffffffff;
  if (type === U64) return value >= 0 && Number.isSafeInteger(value);
  if (type === I64) return Number.isSafeInteger(value);
  return value >= -0x80000000 && value <= 0x7fffffff;
}

const libc = {
  socket: declare('socket', [I32, I32, I32]),
  close: declare('close', [I32]),
  bind: declare('bind', [I32, I64, U32]),
  connect: declare('connect', [I32, I64, U32]),
  getsockname: declare('getsockname', [I32, I64, I64]),
  setsockopt: declare('setsockopt', [I32, I32, I32, I64, U32]),
  getsockopt: declare('getsockopt', [I32, I32, I32, I64, I64]),
  ioctl: declare('ioctl', [I32, U64, I32]),
  setns: declare('setns', [I32, I32]),
  dup3: declare('dup3', [I32, I32, I32]),
  sendto: declare('sendto', [I32, I64, U64, I32, I64, U32]),
};

const SOCKADDR_NL_LENGTH = 12;
const TIMEVAL_LENGTH = 16;
const CLONE_NEWNET = 0x40000000;
const SIOCGSKNS = 0x894c;

// Every function below returns a negative error number if the call fails.

/** socket(2): returns the descriptor. */
export function socket(domain: number, type: number, protocol: number): number {
  return libc.socket(domain, type, protocol);
}

/**
 * close(2) of a descriptor that Node has not opened: in a worker `fs.closeSync` prints a warning for those.
 */
export function closeDescriptor(fd: number): void {
  libc.close(fd);
}

/** bind(2) of a netlink socket; port id 0 lets the kernel choose. */
export function bindNetlink(fd: number, portId: number): number {
  writeNetlinkAddress(portId);
  return libc.bind(fd, scratchAddress, SOCKADDR_NL_LENGTH);
}

/** connect(2) of a netlink socket; port id 0 is the kernel. */
export function connectNetlink(fd: number, portId: number): number {
  writeNetlinkAddress(portId);
  return libc.connect(fd, scratchAddress, SOCKADDR_NL_LENGTH);
}

/** Maximum length of the name of a unix socket, in bytes: `sun_path` of `struct sockaddr_un`. */
export const LONGEST_UNIX_NAME = 108;

/** bind(2) of a unix socket; a name that begins with a NUL is abstract. */
export function bindUnix(fd: number, name: Uint8Array): number {
  return libc.bind(fd, scratchAddress, writeUnixAddress(name));
}

/** connect(2) of a unix socket; a name that begins with a NUL is abstract. */
export function connectUnix(fd: number, name: Uint8Array): number {
  return libc.connect(fd, scratchAddress, writeUnixAddress(name));
}

/** getsockname(2) of a netlink socket: returns its port id. */
export function netlinkPortId(fd: number): number {
  writeLength(SOCKADDR_NL_LENGTH);
  const result = libc.getsockname(fd, scratchAddress, scratchAddress + LENGTH_OFFSET);
  return result < 0 ? result : view.getUint32(4, HOST_IS_LITTLE_ENDIAN);
}

/** setsockopt(2) with an int. */
export function setOption(fd: number, level: number, name: number, value: number): number {
  if (!fits(I32, value)) throw new RangeError(`a socket option of ${value} is out of range`);
  view.setInt32(0, value, HOST_IS_LITTLE_ENDIAN);
  return libc.setsockopt(fd, level, name, scratchAddress, 4);
}

/** Size of `struct sock_fprog`, two pointers; the instructions that it points to follow it. */
const SOCK_FPROG_LENGTH = 16;

/** setsockopt(2) of SO_ATTACH_FILTER: an array of `struct sock_filter`. */
export function attachFilter(fd: number, instructions: Uint8Array): number {
  if (instructions.length > LENGTH_OFFSET - SOCK_FPROG_LENGTH)
    throw new RangeError(`a filter of ${instructions.length} bytes is too long`);
  scratch.set(instructions, SOCK_FPROG_LENGTH);
  scratch.fill(0, 0, SOCK_FPROG_LENGTH);
  view.setUint16(0, instructions.length / 8, HOST_IS_LITTLE_ENDIAN);
  view.setBigUint64(8, BigInt(scratchAddress + SOCK_FPROG_LENGTH), HOST_IS_LITTLE_ENDIAN);
  return libc.setsockopt(
    fd,
    SocketOption.SOL_SOCKET,
    SocketOption.SO_ATTACH_FILTER,
    scratchAddress,
    SOCK_FPROG_LENGTH,
  );
}

/** setsockopt(2) with a `struct timeval`; milliseconds. */
export function setTimeOption(fd: number, level: number, name: number, milliseconds: number): number {
  if (!fits(I32, milliseconds)) throw new RangeError(`a timeout of ${milliseconds} ms is out of range`);
  view.setBigInt64(0, BigInt(Math.trunc(milliseconds / 1000)), HOST_IS_LITTLE_ENDIAN);
  view.setBigInt64(8, BigInt((milliseconds % 1000) * 1000), HOST_IS_LITTLE_ENDIAN);
  return libc.setsockopt(fd, level, name, scratchAddress, TIMEVAL_LENGTH);
}

/** getsockopt(2) of an int. */
export function getOption(fd: number, level: number, name: number): number {
  writeLength(4);
  const result = libc.getsockopt(fd, level, name, scratchAddress, scratchAddress + LENGTH_OFFSET);
  return result < 0 ? result : view.getInt32(0, HOST_IS_LITTLE_ENDIAN);
}

/** ioctl(2) SIOCGSKNS: returns a descriptor of a socket's network namespace; needs CAP_NET_ADMIN in it. */
export function namespaceOfSocket(fd: number): number {
  return libc.ioctl(fd, SIOCGSKNS, 0);
}

/** setns(2): moves the calling thread into the network namespace that `fd` refers to. */
export function enterNetworkNamespace(fd: number): number {
  return libc.setns(fd, CLONE_NEWNET);
}

/** dup3(2): makes `target` a duplicate of `fd`, with FD_CLOEXEC. */
export function dup3(fd: number, target: number): number {
  return libc.dup3(fd, target, Socket.SOCK_CLOEXEC);
}

const OUTGOING_LENGTH = 65536;
let outgoing: { readonly bytes: Buffer; readonly address: number } | undefined;

/**
 * sendto(2) of a datagram of at most 64 KiB to a netlink port: for a server, which replies to many peers from
 * one socket.
 */
export function sendTo(fd: number, datagram: Uint8Array, portId: number): number {
  if (datagram.length > OUTGOING_LENGTH) {
    throw new RangeError(`a datagram of ${datagram.length} bytes exceeds ${OUTGOING_LENGTH}`);
  }
  if (outgoing === undefined) {
    const bytes = Buffer.allocUnsafeSlow(OUTGOING_LENGTH);
    outgoing = { bytes, address: addressOf(bytes) };
  }
  outgoing.bytes.set(datagram);
  writeNetlinkAddress(portId);
  return libc.sendto(fd, outgoing.address, datagram.length, 0, scratchAddress, SOCKADDR_NL_LENGTH);
}

function writeNetlinkAddress(portId: number): void {
  if (!fits(U32, portId)) throw new RangeError(`a port id of ${portId} is out of range`);
  view.setUint16(0, Socket.AF_NETLINK, HOST_IS_LITTLE_ENDIAN);
  view.setUint16(2, 0, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(4, portId, HOST_IS_LITTLE_ENDIAN);
  view.setUint32(8, 0, HOST_IS_LITTLE_ENDIAN);
}

/** Writes a `struct sockaddr_un` and returns its length; the name need not end with a NUL. */
function writeUnixAddress(name: Uint8Array): number {
  if (name.length === 0 || name.length > LONGEST_UNIX_NAME)
    throw new RangeError(`a unix socket's name of ${name.length} bytes is out of range`);
  view.setUint16(0, Socket.AF_UNIX, HOST_IS_LITTLE_ENDIAN);
  scratch.set(name, 2);
  return 2 + name.length;
}

function writeLength(length: number): void {
  view.setUint32(LENGTH_OFFSET, length, HOST_IS_LITTLE_ENDIAN);
}
