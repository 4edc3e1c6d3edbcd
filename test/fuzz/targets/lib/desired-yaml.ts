import { yamlText } from '../../../../lib/ipvs/desired-file/parse-yaml.ts';
import { assertDesiredFile, exampleFile, FILE_DICTIONARY } from '../../checks/desired-file.ts';
import type { Target } from '../../target.ts';

const yaml = await yamlText(exampleFile);

export const target: Target = {
  format: {
    kind: 'text',
    dictionary: [...FILE_DICTIONARY, '\n', '\n  ', '- ', '&a ', '*a', '!!int ', '|\n', '? ', '<<: ', '---\n'],
  },
  coveredModules: ['lib/ipvs/desired-file/', 'lib/ipvs/plan/desired-services.js'],
  seeds: () => [
    yaml,
    JSON.stringify(exampleFile),
    'a: &a [1, *a]\n',
    '? x\n: |\n  text\n',
    '"\\u0041": \'b\' # c\n',
  ],
  async run(input) {
    await assertDesiredFile(Buffer.from(input).toString(), 'yaml');
  },
};
