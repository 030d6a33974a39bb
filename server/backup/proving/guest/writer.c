/*
 * The writing guest: writes numbered blocks to two virtio disks, up to WINDOW of them at the same time, flushes, and tells on its serial
 * line what is flushed. It needs no kernel: it is up in a second, also emulated. What it writes where is in `../writer-blocks-fixture.ts`, too.
 *
 * It says    ^<generation> <text of its disk>          when it is up, and to the letter t; a generation is a life of it
 *            =<generation> <number>                    when all blocks up to this number are flushed
 *            !<generation> <number> <number> <letter>  in answer to a letter: what is flushed, and the last that was begun
 * Letters:   p nothing else; t say the text; s stand still; g go on; o power off; r reset
 *
 * Numbers are hexadecimal, eight digits. Disks: virtio 1.2, section 2.7 and 5.2, by the legacy interface.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define WINDOW 16
#define DISKS 2
#define BLOCK 4096
#define FIRST_SECTOR 2048
#define HEAD_SECTOR 128
#define HEAD_MAGIC 0x48575243u
#define BLOCK_MAGIC 0x42575243u
/* Blocks between two flushes. */
#define ROUND 64
/* A quarter of the writes goes to so many blocks. */
#define HOT 64

#define COM1 0x3f8
#define barrier() __asm__ volatile("" ::: "memory")

static inline void out8(u16 port, u8 v) { __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port)); }
static inline void out16(u16 port, u16 v) { __asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port)); }
static inline void out32(u16 port, u32 v) { __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port)); }
static inline u8 in8(u16 port) { u8 v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u16 in16(u16 port) { u16 v; __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static inline u32 in32(u16 port) { u32 v; __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port)); return v; }

static void put(char c) {
  while (!(in8(COM1 + 5) & 0x20)) {}
  out8(COM1, (u8)c);
}

static void put_number(u32 n) {
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(n >> shift) & 15]);
}

static void halt(const char *why) {
  put('?');
  while (*why) put(*why++);
  put('\n');
  for (;;) __asm__ volatile("cli; hlt");
}

struct descriptor { u64 address; u32 length; u16 flags; u16 next; };
struct available { u16 flags; u16 index; u16 ring[]; };
struct used { u16 flags; u16 index; struct { u32 id; u32 length; } ring[]; };
struct request { u32 type; u32 reserved; u64 sector; };
struct head { u32 magic; u32 disk; u32 generation; u32 blocks; char text[64]; };

/* Slot WINDOW is for what is no numbered block. */
#define SLOTS (WINDOW + 1)
#define OTHER WINDOW

struct disk {
  u16 port;
  u16 size;
  u16 seen;
  u32 blocks;
  volatile struct descriptor *descriptors;
  volatile struct available *available;
  volatile struct used *used;
  u32 busy;
  volatile struct request requests[SLOTS];
  volatile u8 states[SLOTS];
};

static struct disk disks[DISKS];
static u32 disk_count;
static u8 (*const buffers)[BLOCK] = (void *)0x200000;

static u32 generation, begun, flushed, since;
/* By slot: where its block goes. */
static u32 slot_disk[WINDOW], slot_block[WINDOW];
static u32 draining, flushing, standing;

static u32 mix(u32 x) {
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x *= 0x846ca68b;
  return x ^ x >> 16;
}

static void submit(struct disk *d, u32 slot, u32 type, u64 sector, void *data) {
  u16 first = (u16)(slot * 3);
  volatile struct request *request = &d->requests[slot];
  request->type = type;
  request->reserved = 0;
  request->sector = sector;
  d->states[slot] = 0xff;
  u16 last = data ? first + 2 : first + 1;
  d->descriptors[first] = (struct descriptor){(u32)request, sizeof(struct request), 1, first + 1};
  if (data) d->descriptors[first + 1] = (struct descriptor){(u32)data, BLOCK, (u16)(type == 0 ? 3 : 1), last};
  d->descriptors[last] = (struct descriptor){(u32)&d->states[slot], 1, 2, 0};
  d->available->ring[d->available->index % d->size] = first;
  barrier();
  d->available->index++;
  barrier();
  d->busy |= 1u << slot;
}

static void notify(struct disk *d) { out16(d->port + 16, 0); }

static void reap(struct disk *d) {
  while (d->seen != d->used->index) {
    barrier();
    u32 slot = d->used->ring[d->seen % d->size].id / 3;
    if (d->states[slot] != 0) halt("a disk answers with an error");
    d->busy &= ~(1u << slot);
    d->seen++;
  }
}

static void wait_for(struct disk *d, u32 slot) {
  notify(d);
  while (d->busy & (1u << slot)) {
    __asm__ volatile("sti; hlt");
    reap(d);
  }
}

static u32 pci_address(u32 slot, u32 at) { return 0x80000000u | slot << 11 | at; }
static u32 pci_read(u32 slot, u32 at) { out32(0xcf8, pci_address(slot, at)); return in32(0xcfc); }
static void pci_write(u32 slot, u32 at, u32 v) { out32(0xcf8, pci_address(slot, at)); out32(0xcfc, v); }

static void open_disk(u32 slot, u32 number) {
  struct disk found = {0};
  struct disk *d = &disks[disk_count];
  *d = found;
  /* Ports, and memory of ours that it may read and write. */
  pci_write(slot, 4, pci_read(slot, 4) | 5);
  d->port = (u16)(pci_read(slot, 0x10) & ~3u);
  out8(d->port + 18, 0);
  out8(d->port + 18, 1);
  out8(d->port + 18, 3);
  if (!(in32(d->port) & 1u << 9)) halt("a disk that cannot be flushed");
  out32(d->port + 4, 1u << 9);
  out16(d->port + 14, 0);
  d->size = in16(d->port + 12);
  u32 at = 0x100000 + number * 0x10000;
  for (u32 i = 0; i < 0x10000; i += 4) *(volatile u32 *)(at + i) = 0;
  d->descriptors = (void *)at;
  d->available = (void *)(at + 16 * d->size);
  d->used = (void *)((at + 16 * d->size + 6 + 2 * d->size + 4095) & ~4095u);
  /* We look by ourselves. */
  d->available->flags = 1;
  out32(d->port + 8, at >> 12);
  out8(d->port + 18, 7);
  d->blocks = (in32(d->port + 20) - FIRST_SECTOR) / (BLOCK / 512);
  if (d->size < SLOTS * 3) halt("a small queue");
}

/* The disks tell by themselves which is which. */
static void open_disks(void) {
  struct disk sorted[DISKS] = {0};
  for (u32 slot = 0; slot < 32; slot++) {
    if (pci_read(slot, 0) != 0x10011af4) continue;
    disk_count = 0;
    open_disk(slot, slot);
    submit(&disks[0], OTHER, 0, HEAD_SECTOR, buffers[OTHER]);
    wait_for(&disks[0], OTHER);
    struct head *head = (void *)buffers[OTHER];
    if (head->magic != HEAD_MAGIC || head->disk >= DISKS) halt("a disk without its head");
    if (sorted[head->disk].port) halt("a disk that is there twice");
    if (head->disk == 0) generation = head->generation + 1;
    sorted[head->disk] = disks[0];
    sorted[head->disk].busy = slot;
  }
  for (u32 i = 0; i < DISKS; i++)
    if (!sorted[i].port) halt("a disk is not there");
  /* Opened anew, for their requests lie in their own place. */
  for (u32 i = 0; i < DISKS; i++) {
    disk_count = i;
    open_disk(sorted[i].busy, i);
  }
}

static char text[64];

static void greet(void) {
  put('^');
  put_number(generation);
  put(' ');
  for (u32 i = 0; i < sizeof(text) && text[i]; i++) put(text[i]);
  put('\n');
}

/* Its generation is on the disk before it is told. */
static void begin_life(void) {
  struct head *head = (void *)buffers[OTHER];
  submit(&disks[0], OTHER, 0, HEAD_SECTOR, head);
  wait_for(&disks[0], OTHER);
  head->generation = generation;
  submit(&disks[0], OTHER, 1, HEAD_SECTOR, head);
  wait_for(&disks[0], OTHER);
  submit(&disks[0], OTHER, 4, 0, 0);
  wait_for(&disks[0], OTHER);
  for (u32 i = 0; i < sizeof(text); i++) text[i] = head->text[i];
  greet();
}

/* Begins the next block. Answers 0 when its slot is not free, or another block is on its way to the same place. */
static u32 write_next(void) {
  u32 number = begun + 1;
  u32 slot = number % WINDOW;
  u32 bit = 1u << slot;
  if ((disks[0].busy | disks[1].busy) & bit) return 0;
  u32 h = mix(number ^ mix(generation * 0x9e3779b9u));
  u32 disk = h & 1;
  struct disk *d = &disks[disk];
  u32 block = (h >> 1 & 3) ? (h >> 3) % d->blocks : (h >> 3) % HOT;
  for (u32 i = 0; i < WINDOW; i++)
    if (d->busy & 1u << i && slot_disk[i] == disk && slot_block[i] == block) return 0;
  slot_disk[slot] = disk;
  slot_block[slot] = block;
  u32 *words = (u32 *)buffers[slot];
  words[0] = BLOCK_MAGIC;
  words[1] = generation;
  words[2] = number;
  words[3] = disk << 24 | block;
  u32 x = mix(number ^ mix(generation));
  for (u32 i = 4; i < BLOCK / 4; i++) words[i] = x = x * 1664525u + 1013904223u;
  submit(d, slot, 1, FIRST_SECTOR + (u64)block * (BLOCK / 512), words);
  begun = number;
  since++;
  return 1;
}

static void go_on(void) {
  for (u32 i = 0; i < DISKS; i++) reap(&disks[i]);
  u32 busy = disks[0].busy | disks[1].busy;
  if (flushing) {
    if (busy) return;
    flushing = draining = since = 0;
    flushed = begun;
    put('=');
    put_number(generation);
    put(' ');
    put_number(flushed);
    put('\n');
  }
  if (draining) {
    if (busy) return;
    flushing = 1;
    for (u32 i = 0; i < DISKS; i++) submit(&disks[i], OTHER, 4, 0, 0);
  } else if (!standing) {
    for (u32 i = mix(begun) % WINDOW + 1; i > 0 && write_next(); i--) {}
    if (since >= ROUND) draining = 1;
  } else if (since > 0) draining = 1;
  for (u32 i = 0; i < DISKS; i++) notify(&disks[i]);
}

static void listen(void) {
  if (!(in8(COM1 + 5) & 1)) return;
  char letter = (char)in8(COM1);
  if (letter == 't') greet();
  if (letter == 's') standing = 1;
  if (letter == 'g') standing = 0;
  put('!');
  put_number(generation);
  put(' ');
  put_number(flushed);
  put(' ');
  put_number(begun);
  put(' ');
  put(letter);
  put('\n');
  /* ACPI's sleep state of QEMU's PC, and the keyboard controller's reset. */
  if (letter == 'o') out16(0x604, 0x2000);
  if (letter == 'r') out8(0x64, 0xfe);
}

void work(void) {
  /* Only the timer, 250 times a second. */
  out8(0x21, 0xfe);
  out8(0xa1, 0xff);
  out8(0x43, 0x34);
  out8(0x40, 4773 & 0xff);
  out8(0x40, 4773 >> 8);
  /* The serial line as the BIOS leaves it, and its queue of bytes on. */
  out8(COM1 + 2, 0x07);
  open_disks();
  begin_life();
  for (;;) {
    go_on();
    listen();
    __asm__ volatile("sti; hlt");
  }
}
