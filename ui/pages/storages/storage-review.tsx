// The last look before a storage is added: what it will be, and the same as code.
import type { StorageType } from '../../../server/contract/storage-types.ts';
import { CodeViews, type Way } from '../../components/as-code.tsx';
import { KeyValues } from '../../components/panel.tsx';
import {
  storageAsAnsible,
  storageAsCommand,
  storageAsCurl,
  storageAsTerraform,
} from '../../forms/storage-as-code.ts';
import { fieldsOf, isOn, newStorageParams, type StorageForm, secretNames } from '../../forms/storage-form.ts';
import { t } from '../../i18n/index.ts';
import { nodes } from '../../live/store.ts';
import { kindName } from '../storage/content-kinds.ts';
import { optionName, typeName } from './storage-words.ts';

export function StorageReview(props: { form: StorageForm; type: StorageType; thenLvm: boolean }) {
  const params = () => newStorageParams(props.form, props.type);
  const request = () => ({ params: params(), secrets: secretNames(props.type) });
  const comments = () => ({ missing: t('asCode.missing'), unknown: t('storageAdd.unknownThere') });
  const text = (way: Way) => {
    const names = nodes().map((one) => one.node);
    switch (way) {
      case 'curl':
        return storageAsCurl(request(), location.origin);
      case 'command':
        return storageAsCommand(request());
      case 'terraform':
        return storageAsTerraform(request(), comments());
      case 'ansible':
        return storageAsAnsible(request(), { origin: location.origin, nodes: names }, comments());
    }
  };
  const options = () => {
    const { first, more } = fieldsOf(props.type);
    return [...first, ...more]
      .filter((one) => (props.form.values[one.name] ?? '').trim() !== '')
      .map((one) => ({
        name: optionName(one),
        value:
          one.type === 'secret'
            ? '••••••••'
            : one.type === 'boolean'
              ? t(isOn(props.form, one.name) ? 'common.yes' : 'common.no')
              : (props.form.values[one.name] ?? ''),
      }));
  };
  return (
    <div class="flex flex-col gap-5">
      <KeyValues
        facts={[
          { name: t('storageAdd.id'), value: props.form.storage.trim() },
          { name: t('storages.type'), value: typeName(props.form.type) },
          ...options(),
          {
            name: t('storages.takes'),
            value: props.form.content.map(kindName).join(', ') || t('storageEdit.noContent'),
          },
          { name: t('storageEdit.nodes'), value: props.form.nodes.join(', ') || t('storageList.allNodes') },
          props.form.enabled ? undefined : { name: t('guests.state'), value: t('storageList.disabled') },
          props.thenLvm ? { name: t('storageAdd.next'), value: t('storageAdd.thenLvm') } : undefined,
        ]}
      />
      <CodeViews text={text} hides={request().secrets.some((name) => params()[name] !== undefined)} />
    </div>
  );
}
