// Routes of the catalogue of container templates.
import { type CatalogueEntry, listTemplates, makeTemplate } from '../../contract/aplinfo.ts';
import { notFound } from '../../core/errors.ts';
import { randomName } from '../../core/ids.ts';
import type { TemplateBuildParams } from '../../guests/ct/ct-params.ts';
import { type Route, route } from '../route.ts';

export interface AplinfoRouteParts {
  entries(): Promise<readonly CatalogueEntry[]>;
  /** The name of the file that a name of the catalogue stands for today; undefined when it has none. */
  fileNameOf(template: string): string | undefined;
  requireContent(storage: string, kind: 'vztmpl'): void;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

export function aplinfoRoutes(parts: AplinfoRouteParts): Route[] {
  return [
    route(listTemplates, async () => [...(await parts.entries())]),
    route(makeTemplate, async ({ params, caller }) => {
      const template = parts.fileNameOf(params.template);
      if (template === undefined) throw notFound('template', params.template);
      parts.requireContent(params.storage, 'vztmpl');
      const given: TemplateBuildParams = { storage: params.storage, template, key: randomName() };
      return await parts.startTask('vztmplbuild', given, caller.requester);
    }),
  ];
}
