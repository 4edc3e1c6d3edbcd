/**
 * Replaces `other-commands.ts` in `listing.cjs`, the bundle that has only listings: loads `bundle.cjs`, which has every
 * command and starts over with the same arguments. That ends the process, so this does not return.
 */
export async function runOtherCommand(): Promise<never> {
  require(`${__dirname}/bundle.cjs`);
  return await new Promise<never>(() => {});
}
