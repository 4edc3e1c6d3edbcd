import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { type FrameContents, frame, type Size, tableHeight } from '../../../../lib/cli/top/frame.ts';
import type { Row } from '../../../../lib/cli/top/snapshots/snapshot.ts';
import { firstView, type View } from '../../../../lib/cli/top/view.ts';
import { counters, emptyTotals, row } from './example-services.ts';

const rows: readonly Row[] = [
  row({ active: 123_456, inactive: 7, counters: counters({ connectionRate: 2n ** 64n - 1n }) }),
  row({
    protocol: 'udp',
    name: '[2001:db8:1111:2222:3333:4444:5555:6666]:65535',
    schedulerOrForwarding: 'rr',
    serversOrWeight: 65_535,
  }),
  row({ protocol: 'mark', name: '4294967295', serversOrWeight: 0 }),
];

function contents(
  view: Partial<View> = {},
  shown: readonly Row[] = rows,
  overrides: Partial<FrameContents> = {},
): FrameContents {
  return {
    view: { ...firstView('conns', '', undefined), ...view },
    page: { rows: shown, matching: shown.length },
    totals: { ...emptyTotals, services: 3, servers: 65_537, active: 123_456 },
    time: new Date(2026, 0, 2, 3, 4, 5),
    interval: 2,
    problem: undefined,
    ...overrides,
  };
}

function draw(size: Size, frameContents: FrameContents = contents()): readonly string[] {
  return frame(frameContents, size, false);
}

describe('a frame', () => {
  it('shows sums, titles, rows and keys', () => {
    assert.deepEqual(draw({ columns: 108, rows: 8 }), [
      'ipvs top 03:04:05  services: 3, real servers: 65537  by conns, every 2 s',
      'connections: 123k active 0 inactive 0/s  bytes/s: 0 in 0 out  packets/s: 0 in 0 out',
      '  PROT SERVICE                                        SCHED SERVERS ACTIVE  INACT CONN/S IN-B/S OUT-B/S',
      '> tcp  192.0.2.1:80                                   wlc         2   123k      7  18.4E      0       0',
      '  udp  [2001:db8:1111:2222:3333:4444:5555:6666]:65535 rr      65535      0      0      0      0       0',
      '  mark 4294967295                                     wlc         0      0      0      0      0       0',
      '',
      'q quit  s sort  / filter  enter real servers  h help                                                1-3 of 3',
    ]);
  });

  it('leaves columns out where there is no room, and then parts of names', () => {
    assert.deepEqual(draw({ columns: 60, rows: 6 }).slice(2, 5), [
      '  PROT SERVICE                  ACTIVE CONN/S IN-B/S OUT-B/S',
      '> tcp  192.0.2.1:80               123k  18.4E      0       0',
      '  udp  [2001:db8:1111:~6]:65535      0      0      0       0',
    ]);
    const [titles] = draw({ columns: 60, rows: 6 }, contents({ sort: 'total' })).slice(2);
    assert.match(titles!, /TOTAL/, 'the column that it is sorted by is shown');
    assert.match(draw({ columns: 160, rows: 6 })[2]!, /SCHED SERVERS .* IN-PKT\/S OUT-PKT\/S {2}TOTAL$/);
  });

  it('gives rows priority where the screen has few lines', () => {
    assert.match(draw({ columns: 80, rows: 1 })[0]!, /^> tcp/);
    assert.match(draw({ columns: 80, rows: 2 })[0]!, /PROT SERVICE/);
    assert.match(draw({ columns: 80, rows: 4 })[3]!, /^q quit/);
    assert.deepEqual(
      [1, 2, 4, 6, 50].map((height) => tableHeight({ columns: 80, rows: height })),
      [1, 1, 1, 2, 46],
    );
  });

  it('shows an error, the filter that is being typed, and why there are no rows', () => {
    const size = { columns: 80, rows: 7 };
    const bottom = (frameContents: FrameContents): string => draw(size, frameContents).at(-1)!;
    assert.equal(bottom(contents({}, rows, { problem: 'no IPVS \x1b[2J' })), 'no IPVS \\x1b[2J');
    assert.equal(bottom(contents({ typing: ':8\x1b' })), 'filter: :8\\x1b_');
    const firstRow = (frameContents: FrameContents): string => draw(size, frameContents)[3]!;
    assert.equal(firstRow(contents({ filter: 'x' }, [])), '  no row contains x; esc shows all');
    assert.equal(firstRow(contents({}, [])), '  there are no services');
    const opened = { key: { mark: 7 }, title: 'mark 7' };
    assert.equal(firstRow(contents({ opened }, [])), '  the service has no real servers');
    const totals = { ...emptyTotals, services: 0 };
    assert.equal(firstRow(contents({ opened }, [], { totals })), '  the service does not exist');
    assert.match(draw(size, contents({ help: true })).join('\n'), /quit/);
  });

  it('shows the real servers of a service, those with weight 0 coloured', () => {
    const servers = [
      row({ protocol: '', schedulerOrForwarding: 'masq', name: '198.51.100.1:80', serversOrWeight: 0 }),
    ];
    const opened = { key: { mark: 7 }, title: 'mark 7' };
    const frameContents = contents({ opened, selected: 1 }, servers, {
      totals: { ...emptyTotals, services: 1, servers: 1 },
    });
    const size = { columns: 90, rows: 6 };
    assert.deepEqual(draw(size, frameContents).slice(0, 1), [
      'ipvs top 03:04:05  mark 7, real servers: 1  by conns, every 2 s',
    ]);
    assert.match(draw(size, frameContents)[2]!, /^ {2}REAL-SERVER +FORWARD WEIGHT ACTIVE/);
    assert.match(draw(size, frameContents)[3]!, /^ {2}198\.51\.100\.1:80 +masq +0 /);
    assert.match(frame(frameContents, size, true)[3]!, /\[33m/);
  });
});

describe('every frame', () => {
  const views: readonly FrameContents[] = [
    contents(),
    contents({ sort: 'total', selected: 2 }),
    contents({ help: true }),
    contents({ typing: 'x'.repeat(300) }),
    contents({ filter: 'y'.repeat(300), paused: true }),
    contents({}, []),
    contents({ opened: { key: { mark: 7 }, title: 'mark 7' }, back: { filter: '', offset: 0, selected: 0 } }),
    contents({}, rows, { problem: 'it is gone '.repeat(50) }),
    contents(
      {},
      Array.from({ length: 300 }, (_, index) => row({ name: `192.0.2.9:${index}` })),
    ),
  ];

  it('has the size of the screen', () => {
    for (const columns of [1, 2, 9, 20, 31, 40, 80, 132, 400])
      for (const height of [1, 2, 3, 4, 5, 6, 24, 200])
        for (const [index, view] of views.entries()) {
          const size = { columns, rows: height };
          const page = { ...view.page, rows: view.page.rows.slice(0, tableHeight(size)) };
          const lines = draw(size, { ...view, page });
          assert.equal(lines.length, height, `${columns}x${height}, ${index}`);
          for (const line of lines) assert.ok([...line].length <= columns, `${columns}: ${line}`);
        }
  });

  it('has no escape sequences unless it is styled', () => {
    for (const view of views) {
      const size = { columns: 80, rows: 24 };
      assert.ok(!draw(size, view).join('').includes('\x1b'));
      const styled = frame(view, size, true);
      assert.ok(styled.join('').includes('\x1b['));
      const bare = styled.map((line) => stripVTControlCharacters(line).trimEnd());
      assert.deepEqual(
        bare,
        draw(size, view).map((line) => line.trimEnd()),
      );
    }
  });
});
