import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import {
  AttributeCodec,
  Connection,
  ConnectionSync,
  FamilyDirectory,
  FamilyNotFoundError,
  FieldError,
  GenericNetlink,
  GenericNetlinkSync,
  genericRequest,
  KernelError,
  NetlinkProtocol,
} from '../../../../lib/netlink.ts';
import { FakeKernel } from '../../../../lib/testing/index.ts';
import { Command, ipvsCodec } from '../../../../protocol/ipvs/index.ts';
import { attribute, genericMessage, message, padded, u32 } from '../../../protocol/reference-encoder.ts';
import { ack, PORT_ID, reply } from '../../messages.ts';
import { ScriptedTransport } from '../../scripted-transport.ts';

const { ESRCH, EINVAL } = constants.errno;

const controller = new AttributeCodec({
  family: { id: [1, 'u16'], name: [2, 'string'], version: [3, 'u32'], groups: [7, 'indexed-array', 'group'] },
  group: { name: [1, 'string'], id: [2, 'u32'] },
});
const GET_FAMILY = 3;

const key = { family: 2, protocol: 6, address: Uint8Array.of(10, 0, 0, 1, ...new Uint8Array(12)), port: 80 };

function kernelWithService(): FakeKernel {
  const kernel = new FakeKernel();
  const attributes = {
    service: {
      ...key,
      scheduler: 'rr',
      flags: { flags: 0, mask: 0xffffffff },
      timeout: 0,
      netmask: new Uint8Array(4).fill(255),
    },
  };
  using netlink = new GenericNetlinkSync(new ConnectionSync(kernel.connect()));
  const add = { family: 'IPVS', command: Command.NEW_SERVICE, codec: ipvsCodec, set: 'command' } as const;
  assert.deepEqual(netlink.request({ ...add, attributes }), []);
  return kernel;
}

async function hasEthtool(): Promise<boolean> {
  await using netlink = await GenericNetlink.open();
  return (await netlink.families()).some(({ name }) => name === 'ethtool');
}

describe('a generic request', () => {
  it('takes at most 20 lines in the example of the README, which runs', async (context) => {
    const project = new URL('../../../../../', import.meta.url);
    const readme = readFileSync(new URL('README.md', project), 'utf8');
    const example = /```ts\n(import \{ AttributeCodec[^`]*)```/.exec(readme)![1]!;
    assert.ok(example.trim().split('\n').length <= 20);
    if (!(await hasEthtool())) {
      context.skip('this kernel has no family ethtool');
      return;
    }
    const args = ['--input-type=module', '--eval', example];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
    assert.match(stdout, /^lo [01]$/m, stderr);
  });

  it('queries nlctrl of this kernel', async () => {
    await using netlink = await GenericNetlink.open();
    const [nlctrl] = await netlink.request({
      family: 'nlctrl',
      command: GET_FAMILY,
      codec: controller,
      set: 'family',
      attributes: { name: 'nlctrl' },
    });
    assert.equal(nlctrl!.attributes.id, 16);
    assert.equal(nlctrl!.attributes.groups![0]!.name, 'notify');
  });

  it('requests a dump over either connection, with the same result', async () => {
    const request = { family: 'nlctrl', command: GET_FAMILY, codec: controller, set: 'family' } as const;
    await using connection = await Connection.open({ protocol: NetlinkProtocol.GENERIC });
    using sync = ConnectionSync.open({ protocol: NetlinkProtocol.GENERIC });
    const families = await connection.perform(genericRequest({ ...request, dump: true }));
    assert.ok(families.some(({ attributes }) => attributes.name === 'nlctrl'));
    assert.deepEqual(sync.perform(genericRequest({ ...request, dump: true })), families);
  });

  it('reads and writes IPVS of the fake kernel', () => {
    using netlink = new GenericNetlinkSync(new ConnectionSync(kernelWithService().connect()));
    const ipvs = { family: 'IPVS', codec: ipvsCodec, set: 'command' } as const;
    const [first, ...others] = netlink.request({ ...ipvs, command: Command.GET_SERVICE, dump: true });
    assert.deepEqual([first!.command, first!.attributes.service!.port], [Command.NEW_SERVICE, 80]);
    assert.deepEqual([others, first!.header.length], [[], 0]);
    const [info] = netlink.request({ ...ipvs, command: Command.GET_INFO, replySet: 'info' });
    assert.equal(info!.attributes.version, 0x010201);
    assert.throws(
      () =>
        netlink.request({
          ...ipvs,
          command: Command.GET_SERVICE,
          commandName: 'GET_SERVICE',
          attributes: { service: { ...key, port: 81 } },
        }),
      (error) => error instanceof KernelError && error.errno === ESRCH && error.command === 'GET_SERVICE',
    );
    assert.throws(
      () => netlink.request({ ...ipvs, family: 'NOTHING', command: 1, hint: 'load it' }),
      (error) => error instanceof FamilyNotFoundError && /load it/.test(error.message),
    );
  });

  it('looks a family up once for each directory', () => {
    let lookUps = 0;
    const transport = new ScriptedTransport(({ type, sequence }, replies) => {
      if (type === 16) {
        lookUps++;
        replies.push(familyReply(sequence, 0));
      }
      replies.push(ack(sequence));
    });
    const connection = new ConnectionSync(transport);
    const directory = new FamilyDirectory();
    const request = { family: 'other', command: 1, codec: controller, set: 'family' } as const;
    for (let count = 0; count < 3; count++) connection.perform(genericRequest(request, directory));
    assert.equal(lookUps, 1);
  });

  it("sends the family's own header, and returns that of replies", () => {
    const sent: Uint8Array[] = [];
    const transport = new ScriptedTransport(({ type, sequence, bytes }, replies) => {
      if (type === 16) replies.push(familyReply(sequence, 6));
      else {
        sent.push(bytes);
        const familyHeader = Buffer.from([9, 8, 7, 6, 5, 4, 0, 0]);
        const body = padded([Buffer.from([5, 1, 0, 0]), familyHeader, attribute(3, u32(77))]);
        replies.push(reply(sequence, '', { type: 33, body }));
      }
      replies.push(ack(sequence, bytes[16] === 2 ? EINVAL : 0, { extended: { offset: 28 }, request: bytes }));
    });
    const netlink = new GenericNetlinkSync(new ConnectionSync(transport));
    const request = { family: 'other', codec: controller, set: 'family' } as const;
    const header = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const [received] = netlink.request({
      ...request,
      command: 1,
      header,
      version: 9,
      attributes: { version: 5 },
    });
    assert.deepEqual(received, {
      command: 5,
      header: Uint8Array.of(9, 8, 7, 6, 5, 4),
      attributes: { version: 77 },
    });
    const payload = [Buffer.from([1, 9, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0]), attribute(3, u32(5))];
    const expected = message({ type: 33, flags: 5, sequence: 2, portId: PORT_ID }, ...payload);
    assert.deepEqual(Buffer.from(sent[0]!), expected);
    netlink.request({ ...request, command: 1 });
    assert.deepEqual(Buffer.from(sent[1]!.subarray(16)), Buffer.from([1, 7, 0, 0, ...new Array(8).fill(0)]));
    assert.throws(
      () => netlink.request({ ...request, command: 1, header: Uint8Array.of(1) }),
      (error) => error instanceof FieldError && error.field === 'header',
    );
    assert.throws(
      () => netlink.request({ ...request, command: 2, attributes: { version: 5 } }),
      (error) => error instanceof KernelError && error.attribute === 'version',
    );
  });

  it('refuses an invalid request before anything is sent', () => {
    const transport = new ScriptedTransport(() => {});
    const netlink = new GenericNetlinkSync(new ConnectionSync(transport));
    const valid = { family: 'IPVS', command: 1, codec: ipvsCodec, set: 'command' };
    const cases: [change: object, field: string][] = [
      [{ family: 5 }, 'family'],
      [{ family: '' }, 'family'],
      [{ command: 256 }, 'command'],
      [{ command: '1' }, 'command'],
      [{ command: Number.NaN }, 'command'],
      [{ version: -1 }, 'version'],
      [{ flags: 0x10000 }, 'flags'],
      [{ dump: 1 }, 'dump'],
      [{ header: 'abc' }, 'header'],
      [{ set: 'services' }, 'set'],
      [{ replySet: 'toString' }, 'replySet'],
      [{ dmup: true }, 'dmup'],
      [{ attributes: { service: { prot: 80 } } }, 'command.service.prot'],
      [{ attributes: { service: { port: -1 } } }, 'command.service.port'],
    ];
    for (const [change, field] of cases)
      assert.throws(
        () => netlink.request({ ...valid, ...change } as never),
        (error) => error instanceof FieldError && error.field === field,
        field,
      );
    assert.equal(transport.sent.length, 0);
  });

  it('reads both encodings of an ethtool bitset: a list of bits, and a packed array of words', async (context) => {
    if (!(await hasEthtool())) {
      context.skip('this kernel has no family ethtool');
      return;
    }
    await using netlink = await GenericNetlink.open();
    const codec = new AttributeCodec({
      features: { header: [1, 'nest', 'header'], active: [4, 'nest', 'bitset'] },
      header: { deviceIndex: [1, 'u32'], deviceName: [2, 'string'], flags: [3, 'u32'] },
      bitset: {
        noMask: [1, 'flag'],
        size: [2, 'u32'],
        bits: [3, 'list', 'bit'],
        words: [4, 'packed', 'u32'],
      },
      bit: { index: [1, 'u32'], name: [2, 'string'], value: [3, 'flag'] },
    });
    const active = async (flags: number) => {
      const request = { family: 'ethtool', command: 11, codec, set: 'features' } as const;
      const attributes = { header: { deviceName: 'lo', flags } };
      const [reply] = await netlink.request({ ...request, attributes });
      return reply!.attributes.active!;
    };
    const COMPACT = 1;
    const [verbose, compact] = [await active(0), await active(COMPACT)];
    const indexes = verbose.bits!.map(({ index }) => index!);
    assert.ok(indexes.length > 0);
    const words = Array.from(compact.words!, () => 0);
    for (const index of indexes) words[index >> 5] = (words[index >> 5]! | (1 << (index & 31))) >>> 0;
    assert.deepEqual(compact.words, words);
    assert.deepEqual([verbose.noMask, compact.noMask, compact.size], [true, true, verbose.size]);
  });

  it('to a family that validates strictly carries NLA_F_NESTED', async (context) => {
    await using netlink = await GenericNetlink.open();
    if (!(await hasEthtool())) {
      context.skip('this kernel has no family ethtool');
      return;
    }
    const ethtool = {
      header: { deviceIndex: [1, 'u32'], deviceName: [2, 'string'], flags: [3, 'u32'] },
      linkState: { header: [1, 'nest', 'header'], link: [2, 'u8'] },
    } as const;
    const ask = (nestedFlag: boolean) =>
      netlink.request({
        family: 'ethtool',
        command: 6,
        codec: new AttributeCodec(ethtool, { nestedFlag }),
        set: 'linkState',
        attributes: { header: { deviceName: 'lo' } },
      });
    const [linkState] = await ask(true);
    assert.equal(linkState!.attributes.header!.deviceName, 'lo');
    await assert.rejects(ask(false), (error) => {
      assert.ok(error instanceof KernelError);
      assert.deepEqual([error.errno, error.attribute], [EINVAL, 'header']);
      return true;
    });
  });
});

function familyReply(sequence: number, headerSize: number): Uint8Array {
  return genericMessage(
    { type: 16, sequence, portId: PORT_ID },
    1,
    attribute(1, Buffer.from([33, 0])),
    attribute(2, Buffer.from('other\0')),
    attribute(3, u32(7)),
    attribute(4, u32(headerSize)),
  );
}
