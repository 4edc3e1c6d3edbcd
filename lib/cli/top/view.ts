import type { ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { SortKey } from '../parse/command.ts';
import type { Key } from './screen/keys.ts';
import { sortKeys } from './snapshots/snapshot.ts';

/** What is shown of a list of rows: its filter, the first row on the screen and the selected row. */
interface ListState {
  /** Text that rows must contain; empty for all rows. */
  readonly filter: string;
  /** Index of the first row on the screen. */
  readonly offset: number;
  /** Index of the selected row. */
  readonly selected: number;
}

/** The service whose real servers are shown. */
export interface OpenedService {
  readonly key: ServiceKey;
  readonly title: string;
}

/** The state of the user interface. */
export interface View extends ListState {
  readonly sort: SortKey;
  /** The filter while it is being typed; else undefined. */
  readonly typing: string | undefined;
  readonly help: boolean;
  readonly paused: boolean;
  readonly opened: OpenedService | undefined;
  /** The state of the list of services to go back to; undefined if there is none. */
  readonly back: ListState | undefined;
}

/** The effect of a key press besides a change of the view. */
export type Action = 'quit' | 'refresh' | undefined;

/** The screen state that key handling depends on. */
export interface ScreenState {
  /** Number of rows that fit on the screen. */
  readonly height: number;
  /** Number of rows that match the filter. */
  readonly matching: number;
  /** The service in the selected row; undefined if the row is not a service. */
  readonly service: OpenedService | undefined;
}

const INITIAL_LIST: ListState = { filter: '', offset: 0, selected: 0 };

/** The initial view. */
export function firstView(sort: SortKey, filter: string, opened: OpenedService | undefined): View {
  return {
    ...INITIAL_LIST,
    filter,
    sort,
    typing: undefined,
    help: false,
    paused: false,
    opened,
    back: undefined,
  };
}

type Move = (selected: number, state: ScreenState) => number;
const up: Move = (selected) => selected - 1;
const down: Move = (selected) => selected + 1;
const first: Move = () => 0;
const last: Move = (_, { matching }) => matching - 1;
/** The keys that select another row, with the index of that row. */
const MOVES: Readonly<Record<string, Move>> = {
  up,
  k: up,
  down,
  j: down,
  home: first,
  g: first,
  end: last,
  G: last,
  'page-up': (selected, { height }) => selected - height,
  'page-down': (selected, { height }) => selected + height,
};

/** Returns the view after a key press, and the action of the key. */
export function press(view: View, key: Key, state: ScreenState): readonly [view: View, action?: Action] {
  if (key === 'ctrl-c') return [view, 'quit'];
  if (view.typing !== undefined) return [editFilter(view, view.typing, key)];
  if (view.help) return key === 'q' ? [view, 'quit'] : [{ ...view, help: false }];
  if (Object.hasOwn(MOVES, key)) return [moved(view, MOVES[key]!(view.selected, state), state)];
  switch (key) {
    case 'q':
      return [view, 'quit'];
    case 's':
      return [{ ...view, sort: following(view.sort, 1), offset: 0, selected: 0 }];
    case 'S':
      return [{ ...view, sort: following(view.sort, -1), offset: 0, selected: 0 }];
    case '/':
      return [{ ...view, typing: view.filter }];
    case 'p':
      return [{ ...view, paused: !view.paused }, view.paused ? 'refresh' : undefined];
    case ' ':
      return [view, 'refresh'];
    case 'h':
    case '?':
      return [{ ...view, help: true }];
    case 'enter':
    case 'right':
      return open(view, state);
    case 'left':
    case 'backspace':
      return close(view);
    case 'escape':
      return view.filter === '' ? close(view) : [{ ...view, ...INITIAL_LIST }];
    default:
      return [view];
  }
}

/** Returns the view with its selected row and offset limited to existing rows. */
export function clamped(view: View, state: Pick<ScreenState, 'height' | 'matching'>): View {
  return moved(view, view.selected, state);
}

function editFilter(view: View, typing: string, key: Key): View {
  if (key === 'enter') return { ...view, ...INITIAL_LIST, filter: typing, typing: undefined };
  if (key === 'escape') return { ...view, typing: undefined };
  if (key === 'backspace') return { ...view, typing: [...typing].slice(0, -1).join('') };
  if (key === 'ctrl-u') return { ...view, typing: '' };
  return [...key].length === 1 ? { ...view, typing: typing + key } : view;
}

function following(sort: SortKey, step: number): SortKey {
  const { length } = sortKeys;
  return sortKeys[(sortKeys.indexOf(sort) + step + length) % length]!;
}

function moved(view: View, to: number, { height, matching }: Pick<ScreenState, 'height' | 'matching'>): View {
  const selected = Math.max(0, Math.min(to, matching - 1));
  const minimumOffset = selected - Math.max(0, height - 1);
  const lastOffset = Math.max(0, matching - height);
  const offset = Math.max(Math.min(view.offset, selected, lastOffset), minimumOffset, 0);
  return { ...view, selected, offset };
}

function open(view: View, { service }: ScreenState): readonly [View, Action?] {
  if (service === undefined || view.opened !== undefined) return [view];
  const { filter, offset, selected } = view;
  return [{ ...view, ...INITIAL_LIST, opened: service, back: { filter, offset, selected } }, 'refresh'];
}

function close(view: View): readonly [View, Action?] {
  if (view.back === undefined) return [view];
  return [{ ...view, ...view.back, opened: undefined, back: undefined }, 'refresh'];
}
