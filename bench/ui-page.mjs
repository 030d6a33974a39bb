// What is measured inside the page: given to the browser before the page's own scripts. Plain JavaScript with the browser's types.
// @ts-nocheck: the other files here are checked without the browser's types.

globalThis.croftBench = {
  /** Ends of tasks that kept the page busy for more than 50 ms. */
  longTasks: [],

  /** Whether it can be seen and pressed. */
  usable(element) {
    return (
      element?.checkVisibility() && !element.disabled && element.getAttribute('aria-disabled') !== 'true'
    );
  },

  /**
   * Milliseconds from the beginning of the navigation until an element that the selector finds can be used and the page
   * no longer works: the end of the last long task up to a second after it.
   */
  async interactive(selector) {
    while (![...document.querySelectorAll(selector)].some((one) => this.usable(one)))
      await new Promise((resolve) => requestAnimationFrame(resolve));
    const shown = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return Math.max(shown, ...this.longTasks);
  },

  /** The box in which a row of the list scrolls. */
  scrollerOf(list) {
    const row = list.querySelector('[role=treeitem], tbody tr, [role=row] ~ [role=row]') ?? list;
    for (let box = row; box; box = box.parentElement) {
      const isScroller = /auto|scroll/.test(getComputedStyle(box).overflowY);
      if ((isScroller || box === document.documentElement) && box.scrollHeight > box.clientHeight + 100)
        return box;
    }
    return undefined;
  },

  /** Scrolls the list up and down, some pixels with each frame, and returns the milliseconds between the frames. */
  async scroll(selector, stepPixels, ms) {
    const list = document.querySelector(selector);
    const box = list && this.scrollerOf(list);
    if (!box) throw new Error(`nothing scrolls in ${selector}`);
    const frames = [];
    let way = stepPixels;
    performance.mark('scroll-begins');
    const began = performance.now();
    let last = await new Promise((resolve) => requestAnimationFrame(resolve));
    const travelled = [box.scrollTop, box.scrollTop];
    while (performance.now() - began < ms) {
      const before = box.scrollTop;
      box.scrollTop = before + way;
      if (Math.abs(box.scrollTop - before) < 1) way = -way;
      travelled[0] = Math.min(travelled[0], box.scrollTop);
      travelled[1] = Math.max(travelled[1], box.scrollTop);
      const now = await new Promise((resolve) => requestAnimationFrame(resolve));
      frames.push(now - last);
      last = now;
    }
    performance.mark('scroll-ends');
    return { frames, travelled: travelled[1] - travelled[0] };
  },

  /**
   * The wall-clock time (milliseconds) at which the frame was handed on in which an element that the selector finds has
   * the text in its label or content. The wait itself takes no time from the page: it looks when something changed.
   */
  shownAt(selector, text) {
    const there = () =>
      [...document.querySelectorAll(selector)].some((one) =>
        `${one.getAttribute('aria-label') ?? ''} ${one.textContent}`.toLowerCase().includes(text),
      );
    return new Promise((resolve) => {
      const painted = () =>
        requestAnimationFrame(() => {
          // A message is delivered behind the frame's own work: style, layout and paint are over.
          const channel = new MessageChannel();
          channel.port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
          channel.port2.postMessage(undefined);
        });
      if (there()) return painted();
      const observer = new MutationObserver(() => {
        if (!there()) return;
        observer.disconnect();
        painted();
      });
      observer.observe(document.body, {
        ...{ subtree: true, childList: true, characterData: true, attributes: true },
      });
    });
  },
};

new PerformanceObserver((list) => {
  for (const task of list.getEntries()) croftBench.longTasks.push(task.startTime + task.duration);
}).observe({ type: 'longtask', buffered: true });
