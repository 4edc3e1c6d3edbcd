import { type ByteView, DecodeError } from '../../netlink/index.ts';
import { multicastGroupText } from '../encode/daemon.ts';
import { ipvsCodec } from '../fields/attributes.ts';
import { DaemonState } from '../fields/constants.ts';
import type { Daemon } from '../fields/daemon.ts';

/**
 * Decodes the DAEMON nest whose attributes are at `start` to `end`. Throws a {@link DecodeError}
 * with offset and path.
 */
export function decodeDaemon(view: ByteView, start: number, end: number): Daemon {
  const values = ipvsCodec.decode('daemon', view, start, end);
  const { state } = values;
  if (state !== DaemonState.MASTER && state !== DaemonState.BACKUP) {
    throw new DecodeError(`unknown daemon state ${state}`, start, 'daemon.state');
  }
  return {
    role: state === DaemonState.MASTER ? 'master' : 'backup',
    interface: values.interface ?? '',
    syncId: values.syncId ?? 0,
    syncMaxLength: values.syncMaxLength,
    multicastGroup: multicastGroupText(values),
    multicastPort: values.multicastPort,
    multicastTtl: values.multicastTtl,
  };
}
