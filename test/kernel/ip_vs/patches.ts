import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../lab/project.ts';
import type { Edit } from './edits.ts';

/** How the kernel keeps services: one table for all namespaces (up to 7.0), or one for each that resizes. */
export type ServiceTables = 'shared' | 'resizable';

/** One patch of the series: its name, and its edits for a kernel. */
export interface KernelPatch {
  readonly name: 'containers' | 'single-dump' | 'generation';
  readonly edits: (tables: ServiceTables) => readonly Edit[];
}

const ctl = 'net/netfilter/ipvs/ip_vs_ctl.c';
const header = 'include/net/ip_vs.h';
const uapi = 'include/uapi/linux/ip_vs.h';

/** The folder with the C text that goes in as a whole. */
export const changeFolder: string = join(projectFolder, 'test/kernel/ip_vs/change');

/** The lines of one of our C files, without the comment that begins it. */
function ownText(name: string): readonly string[] {
  const text = readFileSync(join(changeFolder, name), 'utf8');
  return text
    .slice(text.indexOf('\n\n') + 2)
    .trimEnd()
    .split('\n');
}

/** Fill a service or a destination into a container of any type. */
function containers(): readonly Edit[] {
  const service = /^static int ip_vs_genl_fill_service\(struct sk_buff \*skb,$/;
  const destination = /^static int ip_vs_genl_fill_dest\(/;
  return [
    {
      file: ctl,
      anchor: service,
      place: 'instead',
      span: 2,
      lines: [
        'static int ip_vs_genl_put_service(struct sk_buff *skb,',
        '\t\t\t\t  struct ip_vs_service *svc)',
      ],
    },
    { file: ctl, within: service, anchor: /^\tstruct nlattr \*nl_service;$/, place: 'instead', lines: [] },
    {
      file: ctl,
      within: service,
      anchor: /^\tnl_service = nla_nest_start_noflag\(/,
      place: 'instead',
      span: 4,
      lines: [],
    },
    { file: ctl, within: service, anchor: /^\tnla_nest_end\(/, place: 'instead', span: 2, lines: [] },
    { file: ctl, within: service, anchor: /^\tnla_nest_cancel\(/, place: 'instead', lines: [] },
    { file: ctl, within: service, anchor: /^\}$/, place: 'after', lines: ['', ...ownText('fill-service.c')] },
    {
      file: ctl,
      anchor: destination,
      place: 'instead',
      lines: [
        'static int ip_vs_genl_fill_dest(struct sk_buff *skb, int container_type,',
        '\t\t\t\tstruct ip_vs_dest *dest)',
      ],
    },
    {
      file: ctl,
      within: destination,
      anchor: /^\tnl_dest = nla_nest_start_noflag\(/,
      place: 'instead',
      lines: ['\tnl_dest = nla_nest_start_noflag(skb, container_type);'],
    },
    {
      file: ctl,
      within: /^static int ip_vs_genl_dump_dest\(/,
      anchor: /^\tif \(ip_vs_genl_fill_dest\(/,
      place: 'instead',
      lines: ['\tif (ip_vs_genl_fill_dest(skb, IPVS_CMD_ATTR_DEST, dest) < 0)'],
    },
  ];
}

/** Lines around the one line of a function that changes services or destinations. */
function counted(within: RegExp, anchor: RegExp, ipvs: string): readonly Edit[] {
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

/** Every change of services and destinations is counted, on any kernel. */
const changes: readonly Edit[] = [
  ...counted(/^ip_vs_add_service\(/, /^\tip_vs_svc_hash\(svc\);$/, 'ipvs'),
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
  ...counted(/^ip_vs_del_dest\(/, /^\t__ip_vs_unlink_dest\(svc, dest, 1\);$/, 'svc->ipvs'),
  ...counted(deleteService, /^\tip_vs_unlink_service\(svc, false\);$/, 'ipvs'),
];

/** What differs between the two kinds of service tables. */
const tableChanges: Readonly<Record<ServiceTables, readonly Edit[]>> = {
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

function singleDump(tables: ServiceTables): readonly Edit[] {
  const dump = tables === 'shared' ? 'dump-6.12.c' : 'dump-7.x.c';
  return [
    {
      file: uapi,
      anchor: /^\tIPVS_CMD_FLUSH,/,
      place: 'after',
      lines: ['', '\tIPVS_CMD_GET_SERVICE_DEST,\t/* get services with dests */'],
    },
    {
      file: uapi,
      anchor: /^\tIPVS_SVC_ATTR_STATS64,/,
      place: 'after',
      lines: ['', '\tIPVS_SVC_ATTR_DESTS,\t\t/* nested attribute for dests */'],
    },
    {
      file: uapi,
      anchor: /^#define IPVS_DEST_ATTR_MAX /,
      place: 'after',
      lines: ['', ...ownText('dests-attributes.h')],
    },
    {
      file: header,
      anchor: /^\tstruct timer_list\tdest_trash_timer;/,
      place: 'after',
      lines: ['\tatomic_t\t\tsvc_seq;\t  /* ++ around changes of svcs, dests */'],
    },
    {
      file: ctl,
      within: /^ip_vs_use_count_dec\(void\)$/,
      anchor: /^\}$/,
      place: 'after',
      lines: ['', ...ownText('count-changes.c')],
    },
    ...changes,
    ...tableChanges[tables],
    {
      file: ctl,
      within: /^int __net_init ip_vs_control_net_init\(/,
      anchor: /^\tINIT_LIST_HEAD\(&ipvs->dest_trash\);$/,
      place: 'before',
      lines: ['\tatomic_set(&ipvs->svc_seq, 1);'],
    },
    {
      file: ctl,
      within: /^static int ip_vs_genl_dump_dests\(/,
      anchor: /^\}$/,
      place: 'after',
      lines: ['', ...ownText('put-service-dests.c'), '', ...ownText(dump)],
    },
    {
      file: ctl,
      within: /^static const struct genl_small_ops ip_vs_genl_ops\[\] = \{$/,
      anchor: /^\};$/,
      place: 'after',
      lines: ['', ...ownText('operations.c')],
    },
    {
      file: ctl,
      within: /^static struct genl_family ip_vs_genl_family __ro_after_init = \{$/,
      anchor: /^\t\.small_ops\t= ip_vs_genl_ops,$/,
      place: 'before',
      lines: ['\t.ops\t\t= ip_vs_genl_dump_ops,', '\t.n_ops\t\t= ARRAY_SIZE(ip_vs_genl_dump_ops),'],
    },
  ];
}

function generation(): readonly Edit[] {
  return [
    {
      file: uapi,
      anchor: /^\tIPVS_INFO_ATTR_CONN_TAB_SIZE,/,
      place: 'after',
      lines: ['\tIPVS_INFO_ATTR_GENERATION,\t/* changes with services and dests */'],
    },
    {
      file: ctl,
      within: /^static int ip_vs_genl_get_cmd\(/,
      anchor: /conn_tab_size/,
      place: 'instead',
      lines: (line) => [
        line.replace(/\)$/, ' ||'),
        '\t\t    nla_put_u32(msg, IPVS_INFO_ATTR_GENERATION,',
        '\t\t\t\tatomic_read(&ipvs->svc_seq)))',
      ],
    },
  ];
}

/** The change, in the order in which it is to be applied. */
export const kernelPatches: readonly KernelPatch[] = [
  { name: 'containers', edits: containers },
  { name: 'single-dump', edits: singleDump },
  { name: 'generation', edits: generation },
];

/** Which of the two kinds of service tables a kernel has, by its `ip_vs_ctl.c`. */
export function serviceTables(source: string): ServiceTables {
  return source.includes('svc_resize_sem') ? 'resizable' : 'shared';
}
