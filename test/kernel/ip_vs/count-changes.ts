import type { Edit } from './edits.ts';

/** Where the kernel stores services: in one table for all namespaces (up to 7.0), or in a resizable one for each. */
export type ServiceTables = 'shared' | 'resizable';

const ctl = 'net/netfilter/ipvs/ip_vs_ctl.c';

/**
 * Edits that count a change: a call before and one after the anchor, the one line of a function that changes services
 * or destinations. `ipvs` is the C expression of the namespace's `struct netns_ipvs`.
 */
function callsAround(within: RegExp, anchor: RegExp, ipvs: string): readonly Edit[] {
  return [
    { file: ctl, within, anchor, place: 'before', lines: [`\tip_vs_change_begin(${ipvs});`] },
    { file: ctl, within, anchor, place: 'after', lines: [`\tip_vs_change_end(${ipvs});`] },
  ];
}

const editService = /^ip_vs_edit_service\(/;
const updateDestination = /^__ip_vs_update_dest\(/;
const deleteService = /^static int ip_vs_del_service\(/;
const flush = /^static int ip_vs_flush\(/;
const resize = /^static void svc_resize_work_handler\(/;

/** The edits that are the same for both kinds of service tables. */
const commonEdits: readonly Edit[] = [
  ...callsAround(/^ip_vs_add_service\(/, /^\tip_vs_svc_hash\(svc\);$/, 'ipvs'),
  {
    file: ctl,
    within: editService,
    anchor: /^\told_sched = rcu_dereference_protected\(/,
    place: 'before',
    lines: ['\tip_vs_change_begin(svc->ipvs);', ''],
  },
  {
    file: ctl,
    within: editService,
    anchor: /^\t{4}goto out;$/,
    place: 'instead',
    lines: ['\t\t\t\tgoto out_change;'],
  },
  {
    file: ctl,
    within: editService,
    anchor: /^out:$/,
    place: 'before',
    lines: ['out_change:', '\tip_vs_change_end(svc->ipvs);', ''],
  },
  {
    file: ctl,
    within: updateDestination,
    anchor: /^\t\/\* set the weight and the flags \*\/$/,
    place: 'before',
    lines: ['\tip_vs_change_begin(ipvs);', ''],
  },
  {
    file: ctl,
    within: updateDestination,
    anchor: /^\}$/,
    place: 'before',
    lines: ['', '\tip_vs_change_end(ipvs);'],
  },
  ...callsAround(/^ip_vs_del_dest\(/, /^\t__ip_vs_unlink_dest\(svc, dest, 1\);$/, 'svc->ipvs'),
  ...callsAround(deleteService, /^\tip_vs_unlink_service\(svc, false\);$/, 'ipvs'),
];

/** The edits that differ between the two kinds of service tables. */
const editsByTables: Readonly<Record<ServiceTables, readonly Edit[]>> = {
  shared: [
    {
      file: ctl,
      within: deleteService,
      anchor: /^\{$/,
      place: 'after',
      lines: ['\tstruct netns_ipvs *ipvs;', ''],
    },
    {
      file: ctl,
      within: deleteService,
      anchor: /^\t\treturn -EEXIST;$/,
      place: 'after',
      lines: ['\tipvs = svc->ipvs;'],
    },
    {
      file: ctl,
      within: flush,
      anchor: /^\tstruct hlist_node \*n;$/,
      place: 'after',
      lines: ['', '\tip_vs_change_begin(ipvs);'],
    },
    {
      file: ctl,
      within: flush,
      anchor: /^\treturn 0;$/,
      place: 'before',
      lines: ['\tip_vs_change_end(ipvs);'],
    },
  ],
  resizable: [
    {
      file: ctl,
      within: flush,
      anchor: /^\tif \(ip_vs_get_num_services\(ipvs\)\) \{$/,
      place: 'after',
      lines: ['\t\tip_vs_change_begin(ipvs);'],
    },
    {
      file: ctl,
      within: flush,
      anchor: /^\t{4}ip_vs_unlink_service\(svc, cleanup\);$/,
      place: 'instead',
      span: 2,
      lines: (line) => [line, '\t\t}', '\t\tip_vs_change_end(ipvs);'],
    },
    {
      file: ctl,
      within: resize,
      anchor: /^\t\/\* Attach new table \*\/$/,
      place: 'before',
      lines: [
        '\t/* To dumps that are under way it is a change when services move',
        '\t * to other buckets. While they do, no part of a dump is made.',
        '\t */',
        '\tip_vs_change_begin(ipvs);',
      ],
    },
    {
      file: ctl,
      within: resize,
      anchor: /^\trcu_assign_pointer\(t->new_tbl, t_new\);$/,
      place: 'after',
      lines: ['\tip_vs_change_end(ipvs);'],
    },
  ],
};

/** The edits that make a kernel count the changes of its services and destinations. */
export function countChanges(tables: ServiceTables): readonly Edit[] {
  return [...commonEdits, ...editsByTables[tables]];
}
