import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { createGenericNetlink, genl } from 'netlink';
import { ConnectionSync } from '../../../../lib/netlink/connection/connection-sync.ts';
import { FamilyNotFoundError, KernelError } from '../../../../lib/netlink/errors.ts';
import { FamilyDirectory } from '../../../../lib/netlink/families/family-directory.ts';
import { GenericNetlink, GenericNetlinkSync } from '../../../../lib/netlink/families/generic-netlink.ts';
import { perform } from '../../../../lib/netlink/request/operation.ts';
import { ControllerCommand, controllerCodec } from '../../../../protocol/genetlink/index.ts';
import { MessageWriter } from '../../../../protocol/netlink/index.ts';
import { ack, reply } from '../../messages.ts';
import { type ScriptedRead, type ScriptedRequest, ScriptedTransport } from '../../scripted-transport.ts';
import { TextCall } from '../text-call.ts';

const { ENOENT } = constants.errno;

/** A kernel with the family `text`, whose id can change as if its module had been reloaded. */
class KernelWithFamily {
  id: number;
  lookUps = 0;
  readonly connection: ConnectionSync;

  constructor(id: number) {
    this.id = id;
    this.connection = new ConnectionSync(
      new ScriptedTransport((request, replies) => this.#answer(request, replies)),
    );
  }

  #answer({ type, sequence }: ScriptedRequest, replies: ScriptedRead[]): void {
    if (type === 16) {
      this.lookUps++;
      const writer = new MessageWriter();
      writer.u8(ControllerCommand.NEW_FAMILY);
      writer.reserve(3);
      controllerCodec.encode('family', writer, { id: this.id, name: 'text' });
      replies.push(reply(sequence, '', { type: 16, body: writer.copy() }), ack(sequence));
    } else if (type === this.id) {
      replies.push(reply(sequence, 'answer'), ack(sequence));
    } else {
      replies.push(ack(sequence, ENOENT));
    }
  }
}

function callOf(type: number): TextCall {
  return Object.assign(new TextCall(), { type });
}

// The rules are those of lib/netlink/README.md.
describe('rule 16: family ids are looked up once, and again after ENOENT', () => {
  it('asks once for each connection', () => {
    const kernel = new KernelWithFamily(30);
    const directory = new FamilyDirectory();
    for (let count = 0; count < 3; count++) kernel.connection.perform(directory.family('text'));
    assert.equal(kernel.lookUps, 1);
    directory.forget('text');
    kernel.connection.perform(directory.family('text'));
    assert.equal(kernel.lookUps, 2);
  });

  it('repeats an operation with the new id after the module was reloaded', () => {
    const kernel = new KernelWithFamily(30);
    const directory = new FamilyDirectory();
    const ask = (): string[] =>
      kernel.connection.perform(
        directory.withFamily('text', function* (family) {
          return yield* perform(callOf(family.id));
        }),
      );
    assert.deepEqual(ask(), ['answer']);
    kernel.id = 31;
    assert.deepEqual(ask(), ['answer']);
    assert.equal(kernel.lookUps, 2);
  });

  it("leaves the operation's own ENOENT alone", () => {
    const kernel = new KernelWithFamily(30);
    const directory = new FamilyDirectory();
    let runs = 0;
    const operation = directory.withFamily('text', function* () {
      runs++;
      return yield* perform(callOf(99));
    });
    assert.throws(() => kernel.connection.perform(operation), KernelError);
    assert.equal(runs, 1);
  });
});

describe('nlctrl of this kernel', () => {
  it('reports a missing family, with the hint', async () => {
    await using netlink = await GenericNetlink.open();
    await assert.rejects(netlink.family('no such thing'), FamilyNotFoundError);
    await assert.rejects(
      netlink.connection.perform(netlink.directory.family('none', 'load the module')),
      /no generic netlink family none; load the module/,
    );
  });

  it('lists the same families over both connections, and each is the same when looked up alone', async () => {
    await using netlink = await GenericNetlink.open();
    using sync = GenericNetlinkSync.open();
    const families = await netlink.families();
    assert.deepEqual(sync.families(), families);
    assert.ok(families.some(({ name, id }) => name === 'nlctrl' && id === 16));
    for (const family of families) {
      sync.directory.forget(family.name);
      assert.deepEqual(sync.family(family.name), family);
    }
  });

  it('lists the same ids, versions, operations and groups as the npm package netlink', async () => {
    using ours = GenericNetlinkSync.open();
    const other = createGenericNetlink();
    try {
      const messages = await other.ctrlRequest(genl.Commands.GET_FAMILY, {}, { flags: 0x305 });
      const theirs = messages.map((message) => ({
        id: message.familyId,
        name: message.familyName,
        version: message.version,
        headerSize: message.hdrsize,
        maxAttribute: message.maxattr,
        operations: (message.ops ?? []).map(({ id }) => id),
        groups: (message.mcastGroups ?? []).map(({ id, name }) => ({ id, name })),
      }));
      assert.ok(theirs.length > 0);
      assert.deepEqual(
        ours.families().map((family) => ({ ...family, operations: family.operations.map(({ id }) => id) })),
        theirs,
      );
    } finally {
      other.socket.close();
    }
  });
});
