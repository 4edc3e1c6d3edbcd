/**
 * Takes the place of `other-commands.ts` in the bundle of listings: runs the whole command from the start, with the
 * same arguments. It ends the process, so this does not return.
 */
export async function runOtherCommand(): Promise<never> {
  require(`${__dirname}/bundle.cjs`);
  return await new Promise<never>(() => {});
}
