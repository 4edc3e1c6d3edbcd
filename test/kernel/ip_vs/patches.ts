import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../lab/project.ts';
import { countChanges, type ServiceTables } from './count-changes.ts';
import type { Edit } from './edits.ts';

/** One patch of the series: its name, and its edits for a kernel. */
export interface KernelPatch {
  readonly name: 'containers' | 'single-dump' | 'generation';
  readonly edits: (tables: ServiceTables) => readonly Edit[];
}

const ctl = 'net/netfilter/ipvs/ip_vs_ctl.c';
const header = 'include/net/ip_vs.h';
const uapi = 'include/uapi/linux/ip_vs.h';

/** The folder with the C code that patches insert as a whole. */
export const insertedCodeFolder: string = join(projectFolder, 'test/kernel/ip_vs/change');

/** The lines of a file in that folder, without the comment that begins it. */
function codeLines(name: string): readonly string[] {
  const text = readFileSync(join(insertedCodeFolder, name), 'utf8');
  return text
    .slice(text.indexOf('\n\n') + 2)
    .trimEnd()
    .split('\n');
}

/** Lets the kernel fill a service or a destination into a nested attribute of any type. */
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
    {
      file: ctl,
      within: service,
      anchor: /^\}$/,
      place: 'after',
      lines: ['', ...codeLines('fill-service.c')],
    },
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
      lines: ['', ...codeLines('dests-attributes.h')],
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
      lines: ['', ...codeLines('count-changes.c')],
    },
    ...countChanges(tables),
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
      lines: ['', ...codeLines('put-service-dests.c'), '', ...codeLines(dump)],
    },
    {
      file: ctl,
      within: /^static const struct genl_small_ops ip_vs_genl_ops\[\] = \{$/,
      anchor: /^\};$/,
      place: 'after',
      lines: ['', ...codeLines('operations.c')],
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

/** The patches, in the order in which they are to be applied. */
export const kernelPatches: readonly KernelPatch[] = [
  { name: 'containers', edits: containers },
  { name: 'single-dump', edits: singleDump },
  { name: 'generation', edits: generation },
];

/** Which of the two kinds of service tables a kernel has, by its `ip_vs_ctl.c`. */
export function serviceTables(source: string): ServiceTables {
  return source.includes('svc_resize_sem') ? 'resizable' : 'shared';
}
