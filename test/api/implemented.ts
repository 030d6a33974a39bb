// Which declarations have a handler: what counts as implemented.
import { existsSync } from 'node:fs';
import { declarations } from '../../server/contract/index.ts';
import type { MethodDeclaration } from '../../server/contract/method.ts';

const routes = new URL('../../server/http/routes/index.ts', import.meta.url);

interface RoutesModule {
  allDeclarationsWithHandlers(): readonly MethodDeclaration[];
}

/** Asks the routes for the declarations that they serve; while there are none, all that is declared, saying so. */
export async function declarationsWithHandlers(): Promise<readonly MethodDeclaration[]> {
  if (existsSync(routes)) {
    const module = (await import(routes.href)) as RoutesModule;
    return module.allDeclarationsWithHandlers();
  }
  process.stderr.write('server/http/routes/index.ts does not exist: counting what is declared\n');
  return declarations;
}
