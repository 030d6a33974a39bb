// English words of the frame beside those of `overview.ts`: the views of the tree, search, notices, the user's menu, the dock.
export const frameWords = {
  'tree.view': 'Arrange by',
  'tree.view.server': 'Server',
  'tree.view.kind': 'Kind',
  'tree.view.pool': 'Pool',
  'tree.view.tag': 'Tag',
  'tree.view.storage': 'Storage',
  'tree.folder.node': 'Nodes',
  'tree.folder.qemu': 'Virtual machines',
  'tree.folder.lxc': 'Containers',
  'tree.folder.template': 'Templates',
  'tree.folder.storage': 'Storages',
  'tree.noPool': 'In no pool',
  'tree.noTag': 'Without tags',
  'tree.noMatch': 'Nothing matches the filter',
  'tree.poolsFailed': 'The pools could not be read: those without guests are missing.',
  'tree.filterHint': 'Filter, e.g. status:running',
  'tree.filterHelp':
    'Words are looked for in names, numbers, tags, states, nodes and pools. status:running, tag:web, node:pve1, type:ct, pool:, mem>4G, cpu>=50% and uptime>3d ask for one property; a minus before them means not.',

  'filterProblem.unknown-key': '{part}: there is no such property',
  'filterProblem.no-value': '{part} needs a value',
  'filterProblem.nothing-negated': '{part} needs a word after it',
  'filterProblem.open-quote': 'A quote is not closed in {part}',
  'filterProblem.unknown-value': '{part}: there is no such value',
  'filterProblem.not-comparable': '{part} cannot be compared this way',
  'filterProblem.not-a-size': '{part} needs a size, for instance 4G',
  'filterProblem.not-a-count': '{part} needs a number',
  'filterProblem.not-a-duration': '{part} needs a time, for instance 3d',

  'search.open': 'Search',
  'crumbs.label': 'Where you are',

  'notices.label': 'Notices',
  'notices.unread.one': 'Notices: {count} new',
  'notices.unread.other': 'Notices: {count} new',
  'notices.none': 'Nothing needs your attention.',
  'notices.new': 'New',
  'notices.log': 'Show its log',

  'user.account': 'Account',
  'user.theme': 'Theme',
  'user.language': 'Language',
  'user.keys': 'Keyboard shortcuts',

  'dock.onlyFailed': 'Failed',
  'dock.noneFailed': 'No task has failed',
} as const;
