import assert from 'node:assert/strict';

/** A metric family as the text describes it. */
export interface ParsedMetric {
  readonly type: string;
  readonly unit: string | undefined;
  /** Values by labels, as text between braces. */
  readonly samples: Map<string, string>;
}

const DESCRIPTION = /^# (?<kind>HELP|TYPE|UNIT) (?<name>[a-z][a-z0-9_]*) (?<text>\S.*)$/;
const SAMPLE = /^(?<name>[a-z][a-z0-9_]*)(?:\{(?<labels>[^}]*)\})? (?<value>-?\d+(?:\.\d+)?(?:e[+-]\d+)?)$/;
const LABELS = /^(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*"(?:,(?!$)|$))*$/;

/**
 * Reads a text in either format strictly. Each metric is described once, and all its samples follow its description
 * directly. They have the name that the type of the metric requires, and no two have the same labels.
 */
export function readMetrics(text: string, format: 'prometheus' | 'openmetrics'): Map<string, ParsedMetric> {
  assert.ok(text.endsWith('\n'));
  const lines = text.slice(0, -1).split('\n');
  if (format === 'openmetrics') assert.equal(lines.pop(), '# EOF');
  const families = new Map<string, ParsedMetric>();
  let name = '';
  let described = new Map<string, string>();
  for (const line of lines) {
    const description = DESCRIPTION.exec(line)?.groups;
    if (description !== undefined) {
      if (description.name !== name) described = new Map();
      name = description.name!;
      assert.ok(!described.has(description.kind!) && !families.has(name), `${line}: described twice`);
      described.set(description.kind!, description.text!);
      continue;
    }
    const sample = SAMPLE.exec(line)?.groups ?? assert.fail(line);
    if (!families.has(name)) {
      assert.ok(described.has('HELP'), `${line}: is not described`);
      families.set(name, { type: described.get('TYPE')!, unit: described.get('UNIT'), samples: new Map() });
    }
    const { type, unit, samples } = families.get(name)!;
    const suffix =
      format === 'prometheus' ? '' : ({ counter: '_total', info: '_info', gauge: '' }[type] ?? '?');
    assert.equal(sample.name, `${name}${suffix}`, line);
    assert.equal(type === 'counter', sample.name!.endsWith('_total'), line);
    if (unit !== undefined) assert.ok(name.endsWith(`_${unit}`), line);
    const { labels = '' } = sample;
    assert.match(labels, LABELS, line);
    assert.ok(!samples.has(labels), `${line}: is repeated`);
    samples.set(labels, sample.value!);
  }
  return families;
}
