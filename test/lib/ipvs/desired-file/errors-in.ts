import assert from 'node:assert/strict';
import { DesiredFileError, type FileFormat, parseDesiredServices } from '../../../../lib/index.ts';

/** The lines of the error that a text is refused with. */
export async function errorsIn(text: string, format: FileFormat = 'json'): Promise<string[]> {
  try {
    await parseDesiredServices(text, { file: 'f', format });
  } catch (error) {
    assert.ok(error instanceof DesiredFileError, String(error));
    return error.message.split('\n');
  }
  assert.fail('the text was accepted');
}
