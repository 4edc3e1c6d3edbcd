// Decodes a single dump of IPVS into C structs, every field and every 64-bit counter, by one of two methods: a plain
// walk over the attributes, or libnl's nla_parse_nested with the policies that a client of IPVS would use.
//
//   decode walk|libnl FILE
//
// FILE holds datagrams, each preceded by its length (u32, in host byte order). Each number on standard input is the
// number of times to decode the file. The output is one line of JSON per number: the CPU time of each round in
// milliseconds, and the number of services and destinations found, with which the caller checks that all was decoded.
#include <arpa/inet.h>
#include <netlink/attr.h>
#include <netlink/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SERVICE = 1, GENERIC_HEADER = 4, COUNTERS = 10 };
enum { S_AF = 1, S_PROTOCOL, S_ADDR, S_PORT, S_MARK, S_SCHED, S_FLAGS, S_TIMEOUT, S_NETMASK, S_STATS,
       S_PE, S_STATS64, S_DESTS, S_END };
enum { D_ADDR = 1, D_PORT, D_FWD, D_WEIGHT, D_UPPER, D_LOWER, D_ACTIVE, D_INACTIVE, D_PERSISTENT, D_STATS,
       D_AF, D_STATS64, D_TUN_TYPE, D_TUN_PORT, D_TUN_FLAGS, D_END };

struct destination {
  uint16_t family, port, tunnel_port, tunnel_flags;
  uint8_t tunnel_type, address[16];
  uint32_t forwarding, weight, upper, lower, active, inactive, persistent;
  uint64_t counters[COUNTERS + 1];
};

struct service {
  uint16_t family, protocol, port;
  uint8_t address[16];
  char scheduler[16], engine[16];
  uint32_t mark, flags[2], timeout, netmask;
  uint64_t counters[COUNTERS + 1];
  struct destination *destinations;
  int count, capacity;
};

struct table {
  struct service *services;
  int count, capacity;
};

static void *grown(void *items, int *capacity, size_t size, int first) {
  *capacity = *capacity ? *capacity * 2 : first;
  items = realloc(items, *capacity * size);
  if (!items) abort();
  return items;
}

static struct service *new_service(struct table *table) {
  if (table->count == table->capacity)
    table->services = grown(table->services, &table->capacity, sizeof *table->services, 1024);
  return memset(&table->services[table->count++], 0, sizeof(struct service));
}

static struct destination *new_destination(struct service *service) {
  if (service->count == service->capacity)
    service->destinations = grown(service->destinations, &service->capacity, sizeof(struct destination), 4);
  return memset(&service->destinations[service->count++], 0, sizeof(struct destination));
}

static uint16_t u16(const void *at) { uint16_t value; memcpy(&value, at, 2); return value; }
static uint32_t u32(const void *at) { uint32_t value; memcpy(&value, at, 4); return value; }
static void text(char *into, const char *from, int length) { memcpy(into, from, length < 15 ? length : 15); }

// The plain walk: one step per attribute, with bounds checks.

#define EACH(attribute, from, to)                                                              \
  for (struct nlattr *attribute = (void *)(from);                                              \
       (char *)(to) - (char *)attribute >= NLA_HDRLEN && attribute->nla_len >= NLA_HDRLEN &&   \
       (char *)(to) - (char *)attribute >= attribute->nla_len;                                 \
       attribute = (void *)((char *)attribute + NLA_ALIGN(attribute->nla_len)))

static char *inside(struct nlattr *nest) { return (char *)nest + NLA_HDRLEN; }
static char *after(struct nlattr *nest) { return (char *)nest + nest->nla_len; }

static void walk_counters(struct nlattr *nest, uint64_t *counters) {
  EACH(attribute, inside(nest), after(nest)) {
    int type = attribute->nla_type & NLA_TYPE_MASK;
    if (type <= COUNTERS && attribute->nla_len >= NLA_HDRLEN + 8) memcpy(&counters[type], inside(attribute), 8);
  }
}

static void walk_destination(struct nlattr *nest, struct destination *d) {
  EACH(attribute, inside(nest), after(nest)) {
    char *value = inside(attribute);
    switch (attribute->nla_type & NLA_TYPE_MASK) {
      case D_ADDR: memcpy(d->address, value, 16); break;
      case D_PORT: d->port = ntohs(u16(value)); break;
      case D_FWD: d->forwarding = u32(value); break;
      case D_WEIGHT: d->weight = u32(value); break;
      case D_UPPER: d->upper = u32(value); break;
      case D_LOWER: d->lower = u32(value); break;
      case D_ACTIVE: d->active = u32(value); break;
      case D_INACTIVE: d->inactive = u32(value); break;
      case D_PERSISTENT: d->persistent = u32(value); break;
      case D_AF: d->family = u16(value); break;
      case D_STATS64: walk_counters(attribute, d->counters); break;
      case D_TUN_TYPE: d->tunnel_type = *(uint8_t *)value; break;
      case D_TUN_PORT: d->tunnel_port = ntohs(u16(value)); break;
      case D_TUN_FLAGS: d->tunnel_flags = u16(value); break;
    }
  }
}

static void walk_service(struct nlattr *nest, struct service *s) {
  EACH(attribute, inside(nest), after(nest)) {
    char *value = inside(attribute);
    switch (attribute->nla_type & NLA_TYPE_MASK) {
      case S_AF: s->family = u16(value); break;
      case S_PROTOCOL: s->protocol = u16(value); break;
      case S_ADDR: memcpy(s->address, value, 16); break;
      case S_PORT: s->port = ntohs(u16(value)); break;
      case S_MARK: s->mark = u32(value); break;
      case S_SCHED: text(s->scheduler, value, attribute->nla_len - NLA_HDRLEN); break;
      case S_FLAGS: memcpy(s->flags, value, 8); break;
      case S_TIMEOUT: s->timeout = u32(value); break;
      case S_NETMASK: s->netmask = u32(value); break;
      case S_PE: text(s->engine, value, attribute->nla_len - NLA_HDRLEN); break;
      case S_STATS64: walk_counters(attribute, s->counters); break;
      case S_DESTS:
        EACH(entry, value, after(attribute)) walk_destination(entry, new_destination(s));
        break;
    }
  }
}

// libnl: each nested attribute is parsed into an array that is indexed by attribute type.

static struct nla_policy service_policy[S_END] = {
    [S_AF] = {.type = NLA_U16}, [S_PROTOCOL] = {.type = NLA_U16}, [S_ADDR] = {.type = NLA_UNSPEC, .minlen = 16},
    [S_PORT] = {.type = NLA_U16}, [S_MARK] = {.type = NLA_U32}, [S_SCHED] = {.type = NLA_STRING, .maxlen = 16},
    [S_FLAGS] = {.type = NLA_UNSPEC, .minlen = 8}, [S_TIMEOUT] = {.type = NLA_U32},
    [S_NETMASK] = {.type = NLA_U32}, [S_STATS] = {.type = NLA_NESTED}, [S_PE] = {.type = NLA_STRING, .maxlen = 16},
    [S_STATS64] = {.type = NLA_NESTED}, [S_DESTS] = {.type = NLA_NESTED},
};
static struct nla_policy destination_policy[D_END] = {
    [D_ADDR] = {.type = NLA_UNSPEC, .minlen = 16}, [D_PORT] = {.type = NLA_U16}, [D_FWD] = {.type = NLA_U32},
    [D_WEIGHT] = {.type = NLA_U32}, [D_UPPER] = {.type = NLA_U32}, [D_LOWER] = {.type = NLA_U32},
    [D_ACTIVE] = {.type = NLA_U32}, [D_INACTIVE] = {.type = NLA_U32}, [D_PERSISTENT] = {.type = NLA_U32},
    [D_STATS] = {.type = NLA_NESTED}, [D_AF] = {.type = NLA_U16}, [D_STATS64] = {.type = NLA_NESTED},
    [D_TUN_TYPE] = {.type = NLA_U8}, [D_TUN_PORT] = {.type = NLA_U16}, [D_TUN_FLAGS] = {.type = NLA_U16},
};
static struct nla_policy counter_policy[COUNTERS + 1] = {
    [1 ... COUNTERS] = {.type = NLA_U64},
};

static void parse(struct nlattr **found, int last, struct nlattr *nest, struct nla_policy *policy) {
  if (nla_parse_nested(found, last, nest, policy) < 0) abort();
}

static void libnl_counters(struct nlattr *nest, uint64_t *counters) {
  struct nlattr *found[COUNTERS + 1];
  if (!nest) return;
  parse(found, COUNTERS, nest, counter_policy);
  for (int type = 1; type <= COUNTERS; type++)
    if (found[type]) counters[type] = nla_get_u64(found[type]);
}

static void libnl_destination(struct nlattr *nest, struct destination *d) {
  struct nlattr *found[D_END];
  parse(found, D_END - 1, nest, destination_policy);
  memcpy(d->address, nla_data(found[D_ADDR]), 16);
  d->port = ntohs(nla_get_u16(found[D_PORT]));
  d->forwarding = nla_get_u32(found[D_FWD]);
  d->weight = nla_get_u32(found[D_WEIGHT]);
  d->upper = nla_get_u32(found[D_UPPER]);
  d->lower = nla_get_u32(found[D_LOWER]);
  d->active = nla_get_u32(found[D_ACTIVE]);
  d->inactive = nla_get_u32(found[D_INACTIVE]);
  d->persistent = nla_get_u32(found[D_PERSISTENT]);
  if (found[D_AF]) d->family = nla_get_u16(found[D_AF]);
  if (found[D_TUN_TYPE]) d->tunnel_type = nla_get_u8(found[D_TUN_TYPE]);
  if (found[D_TUN_PORT]) d->tunnel_port = ntohs(nla_get_u16(found[D_TUN_PORT]));
  if (found[D_TUN_FLAGS]) d->tunnel_flags = nla_get_u16(found[D_TUN_FLAGS]);
  libnl_counters(found[D_STATS64], d->counters);
}

static void libnl_service(struct nlattr *nest, struct service *s) {
  struct nlattr *found[S_END], *entry;
  int rest;
  parse(found, S_END - 1, nest, service_policy);
  s->family = nla_get_u16(found[S_AF]);
  if (found[S_MARK]) {
    s->mark = nla_get_u32(found[S_MARK]);
  } else {
    s->protocol = nla_get_u16(found[S_PROTOCOL]);
    memcpy(s->address, nla_data(found[S_ADDR]), 16);
    s->port = ntohs(nla_get_u16(found[S_PORT]));
  }
  text(s->scheduler, nla_get_string(found[S_SCHED]), nla_len(found[S_SCHED]));
  if (found[S_PE]) text(s->engine, nla_get_string(found[S_PE]), nla_len(found[S_PE]));
  memcpy(s->flags, nla_data(found[S_FLAGS]), 8);
  s->timeout = nla_get_u32(found[S_TIMEOUT]);
  s->netmask = nla_get_u32(found[S_NETMASK]);
  libnl_counters(found[S_STATS64], s->counters);
  if (found[S_DESTS]) nla_for_each_nested(entry, found[S_DESTS], rest) libnl_destination(entry, new_destination(s));
}

// A service may be continued in the next message with more of its destinations, which belong to the previous entry.
static int same(const struct service *a, const struct service *b) {
  return a->port == b->port && a->mark == b->mark && a->protocol == b->protocol && a->family == b->family &&
         memcmp(a->address, b->address, 16) == 0;
}

static void join(struct table *table) {
  if (table->count < 2) return;
  struct service *last = &table->services[table->count - 1], *before = last - 1;
  if (!same(before, last)) return;
  for (int i = 0; i < last->count; i++) *new_destination(before) = last->destinations[i];
  free(last->destinations);
  table->count--;
}

static void decode(char *bytes, long length, int libnl, struct table *table) {
  for (long at = 0; at < length;) {
    uint32_t size = u32(bytes + at);
    char *datagram = bytes + at + 4;
    for (uint32_t offset = 0; offset + NLMSG_HDRLEN <= size;) {
      struct nlmsghdr *message = (void *)(datagram + offset);
      if (message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > size - offset) abort();
      if (message->nlmsg_type >= NLMSG_MIN_TYPE) {
        EACH(attribute, (char *)message + NLMSG_HDRLEN + GENERIC_HEADER, (char *)message + message->nlmsg_len) {
          if ((attribute->nla_type & NLA_TYPE_MASK) != SERVICE) continue;
          (libnl ? libnl_service : walk_service)(attribute, new_service(table));
          join(table);
        }
      }
      offset += NLMSG_ALIGN(message->nlmsg_len);
    }
    at += 4 + size;
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  int libnl = strcmp(arguments[1], "libnl") == 0, rounds;
  FILE *file = fopen(arguments[2], "rb");
  if (!file || fseek(file, 0, SEEK_END)) return 1;
  long length = ftell(file);
  char *bytes = malloc(length);
  rewind(file);
  if (!bytes || fread(bytes, 1, length, file) != (size_t)length) return 1;
  while (scanf("%d", &rounds) == 1) {
    int services = 0, destinations = 0;
    printf("{\"samples\":[");
    for (int round = 0; round < rounds; round++) {
      struct table table = {0};
      double started = now();
      decode(bytes, length, libnl, &table);
      double time = now() - started;
      services = table.count;
      destinations = 0;
      for (int i = 0; i < table.count; i++) {
        destinations += table.services[i].count;
        free(table.services[i].destinations);
      }
      free(table.services);
      printf("%s%.6f", round ? "," : "", time);
    }
    printf("],\"services\":%d,\"destinations\":%d}\n", services, destinations);
    fflush(stdout);
  }
  return 0;
}
