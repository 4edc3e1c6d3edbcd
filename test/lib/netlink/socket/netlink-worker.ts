import { parentPort } from 'node:worker_threads';
import { getFamily } from '../../../../lib/netlink/families/family-directory.ts';
import { GenericNetlink } from '../../../../lib/netlink/families/generic-netlink.ts';

// Posts how many replies it got: one for each of 2000 requests, one for the list.
await using netlink = await GenericNetlink.open();
let answers = 0;
for (let index = 0; index < 2000; index++) {
  answers += (await netlink.connection.run(getFamily('nlctrl'))).length;
}
if ((await netlink.families()).length > 0) answers++;
parentPort?.postMessage(answers);
