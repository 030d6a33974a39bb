// What Solid's types of markup leave out.
import 'solid-js';

declare module 'solid-js' {
  namespace JSX {
    interface ExplicitProperties {
      /** Of a check box: some of what it stands for are chosen. There is no attribute for it. */
      indeterminate: boolean;
    }
  }
}
