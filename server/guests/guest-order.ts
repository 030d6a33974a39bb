// The order in which guests start, and its reverse, in which they stop. Pure.
import type { BootWish } from './boot-wish.ts';

const last = Number.POSITIVE_INFINITY;
const orderOf = (wish: BootWish) => wish.order ?? last;

/** Groups that start together, first to last: by their order, those without one at the end; in a group by number. */
export function startGroups(wishes: readonly BootWish[]): BootWish[][] {
  const orders = [...new Set(wishes.map(orderOf))].sort((a, b) => (a === b ? 0 : a - b));
  return orders.map((order) =>
    wishes.filter((wish) => orderOf(wish) === order).sort((a, b) => a.vmid - b.vmid),
  );
}

/** What started last stops first. */
export function stopGroups(wishes: readonly BootWish[]): BootWish[][] {
  return startGroups(wishes).reverse();
}
