// How a container is called and whom it asks for names.
import { words } from '../../forms/plain-rules.ts';
import { t } from '../../i18n/index.ts';
import { SettingList, type SettingSpec } from '../guest/setting-list.tsx';

const spaced = (text: string) => {
  const list = words(text);
  return list.length > 0 ? list.join(' ') : undefined;
};

const listed = (text: string) => words(text).join(', ') || t('ct.dns.asNode');

export default function DnsTab() {
  const settings: readonly SettingSpec[] = [
    { key: 'hostname', label: t('ct.dns.hostname'), control: 'text' },
    {
      key: 'nameserver',
      label: t('ct.dns.nameserver'),
      hint: t('ct.dns.nameserverHint'),
      control: 'text',
      show: listed,
      write: spaced,
    },
    {
      key: 'searchdomain',
      label: t('ct.dns.searchdomain'),
      hint: t('ct.dns.searchdomainHint'),
      control: 'text',
      show: listed,
      write: spaced,
    },
  ];
  return <SettingList settings={settings} />;
}
