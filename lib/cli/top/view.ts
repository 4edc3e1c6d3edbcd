import type { ServiceKey } from '../../../protocol/ipvs/index.ts';
import type { SortKey } from '../parse/command.ts';
import { sortKeys } from './samples/sample.ts';
import type { Key } from './screen/keys.ts';

/** Where one is in a list of rows. */
interface Place {
  /** Text that rows must have; empty for all. */
  readonly filter: string;
  /** The number of the first row on the screen. */
  readonly offset: number;
  /** The number of the selected row. */
  readonly selected: number;
}

/** The service whose real servers are shown. */
export interface OpenedService {
  readonly key: ServiceKey;
  readonly title: string;
}

/** What a person has made of the screen. */
export interface View extends Place {
  readonly sort: SortKey;
  /** What is being typed as the filter; undefined while nothing is. */
  readonly typing: string | undefined;
  readonly help: boolean;
  readonly paused: boolean;
  readonly opened: OpenedService | undefined;
  /** Where one was among the services; undefined where there is no way back to them. */
  readonly back: Place | undefined;
}

/** What a key does beyond the view. */
export type Action = 'quit' | 'read' | undefined;

/** What keys need to know of what is on the screen. */
export interface Shown {
  /** How many rows fit. */
  readonly height: number;
  /** How many rows there are. */
  readonly matching: number;
  /** The service in the selected row, if it is one. */
  readonly service: OpenedService | undefined;
}

const TOP: Place = { filter: '', offset: 0, selected: 0 };

/** The view at first. */
export function firstView(sort: SortKey, filter: string, opened: OpenedService | undefined): View {
  return {
    ...TOP,
    filter,
    sort,
    typing: undefined,
    help: false,
    paused: false,
    opened,
    back: undefined,
  };
}

/** What becomes of a view when a key is pressed. */
export function press(view: View, key: Key, shown: Shown): readonly [view: View, action?: Action] {
  if (key === 'ctrl-c') return [view, 'quit'];
  if (view.typing !== undefined) return [type(view, view.typing, key)];
  if (view.help) return key === 'q' ? [view, 'quit'] : [{ ...view, help: false }];
  const { selected } = view;
  switch (key) {
    case 'q':
      return [view, 'quit'];
    case 'up':
    case 'k':
      return [moved(view, selected - 1, shown)];
    case 'down':
    case 'j':
      return [moved(view, selected + 1, shown)];
    case 'page-up':
      return [moved(view, selected - shown.height, shown)];
    case 'page-down':
      return [moved(view, selected + shown.height, shown)];
    case 'home':
    case 'g':
      return [moved(view, 0, shown)];
    case 'end':
    case 'G':
      return [moved(view, shown.matching - 1, shown)];
    case 's':
      return [{ ...view, sort: following(view.sort, 1), offset: 0, selected: 0 }];
    case 'S':
      return [{ ...view, sort: following(view.sort, -1), offset: 0, selected: 0 }];
    case '/':
      return [{ ...view, typing: view.filter }];
    case 'p':
      return [{ ...view, paused: !view.paused }, view.paused ? 'read' : undefined];
    case ' ':
      return [view, 'read'];
    case 'h':
    case '?':
      return [{ ...view, help: true }];
    case 'enter':
    case 'right':
      return open(view, shown);
    case 'left':
    case 'backspace':
      return close(view);
    case 'escape':
      return view.filter === '' ? close(view) : [{ ...view, ...TOP }];
    default:
      return [view];
  }
}

/** The view with its places inside the rows that there are. */
export function fitted(view: View, shown: Pick<Shown, 'height' | 'matching'>): View {
  return moved(view, view.selected, shown);
}

function type(view: View, typing: string, key: Key): View {
  if (key === 'enter') return { ...view, ...TOP, filter: typing, typing: undefined };
  if (key === 'escape') return { ...view, typing: undefined };
  if (key === 'backspace') return { ...view, typing: [...typing].slice(0, -1).join('') };
  if (key === 'ctrl-u') return { ...view, typing: '' };
  return [...key].length === 1 ? { ...view, typing: typing + key } : view;
}

function following(sort: SortKey, step: number): SortKey {
  const { length } = sortKeys;
  return sortKeys[(sortKeys.indexOf(sort) + step + length) % length]!;
}

function moved(view: View, to: number, { height, matching }: Pick<Shown, 'height' | 'matching'>): View {
  const selected = Math.max(0, Math.min(to, matching - 1));
  const least = selected - Math.max(0, height - 1);
  const lastOffset = Math.max(0, matching - height);
  const offset = Math.max(Math.min(view.offset, selected, lastOffset), least, 0);
  return { ...view, selected, offset };
}

function open(view: View, { service }: Shown): readonly [View, Action?] {
  if (service === undefined || view.opened !== undefined) return [view];
  const { filter, offset, selected } = view;
  return [{ ...view, ...TOP, opened: service, back: { filter, offset, selected } }, 'read'];
}

function close(view: View): readonly [View, Action?] {
  if (view.back === undefined) return [view];
  return [{ ...view, ...view.back, opened: undefined, back: undefined }, 'read'];
}
