const PAGE: usize = 65536;
const ALIGNMENT: usize = 16;

let top: usize = aligned(__heap_base + 1);

/** Makes sure that the memory reaches to `end`; false: it may not become as large. */
export function reach(end: usize): bool {
  const size = (memory.size() as usize) * PAGE;
  if (end <= size) return true;
  // A quarter more than needed, so that it is not made larger for every block.
  const pages = (end + (end >> 2) - size + PAGE - 1) / PAGE;
  if (memory.grow(pages as i32) >= 0) return true;
  return memory.grow(((end - size + PAGE - 1) / PAGE) as i32) >= 0;
}

/** Room that stays; zeros. All of it is taken before anything is put behind it. */
export function allocate(bytes: usize): usize {
  const at = top;
  top = aligned(top + bytes);
  reach(top);
  return at;
}

/** Small things that are looked at in turns stand in few pages of the machine's memory. */
const DRAWER: usize = 32768;

let drawer: usize = 0;
let drawerEnd: usize = 0;

/** As {@link allocate}, for at most {@link DRAWER} bytes, beside others of the kind. */
export function allocateSmall(bytes: usize): usize {
  if (drawerEnd - drawer < bytes) {
    drawer = allocate(DRAWER);
    drawerEnd = drawer + DRAWER;
  }
  const at = drawer;
  drawer = aligned(drawer + bytes);
  return at;
}

/** Where the room that was allocated ends. */
export function allocated(): usize {
  return top;
}

function aligned(at: usize): usize {
  return (at + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}
