// Greek words of the frame beside those of `overview.ts`: the views of the tree, search, notices, the user's menu, the dock.
import type { frameWords as English } from '../en/frame.ts';
import type { Translation } from '../words.ts';

export const frameWords: Translation<typeof English> = {
  'tree.view': 'Ομαδοποίηση',
  'tree.view.server': 'Διακομιστής',
  'tree.view.kind': 'Είδος',
  'tree.view.pool': 'Pool',
  'tree.view.tag': 'Ετικέτα',
  'tree.view.storage': 'Αποθήκευση',
  'tree.folder.node': 'Κόμβοι',
  'tree.folder.qemu': 'Εικονικές μηχανές',
  'tree.folder.lxc': 'Containers',
  'tree.folder.template': 'Πρότυπα',
  'tree.folder.storage': 'Χώροι αποθήκευσης',
  'tree.noPool': 'Σε κανένα pool',
  'tree.noTag': 'Χωρίς ετικέτες',
  'tree.noMatch': 'Τίποτα δεν ταιριάζει με το φίλτρο',
  'tree.poolsFailed': 'Δεν ήταν δυνατή η ανάγνωση των pools: λείπουν όσα δεν έχουν φιλοξενούμενα.',
  'tree.filterHint': 'Φίλτρο, π.χ. status:running',
  'tree.filterHelp':
    'Οι λέξεις αναζητούνται σε ονόματα, αριθμούς, ετικέτες, καταστάσεις, κόμβους και pools. Τα status:running, tag:web, node:pve1, type:ct, pool:, mem>4G, cpu>=50% και uptime>3d ζητούν μία ιδιότητα· ένα μείον μπροστά τους σημαίνει άρνηση.',

  'filterProblem.unknown-key': 'Δεν υπάρχει τέτοια ιδιότητα: {part}',
  'filterProblem.no-value': 'Χρειάζεται τιμή: {part}',
  'filterProblem.nothing-negated': 'Χρειάζεται λέξη μετά από: {part}',
  'filterProblem.open-quote': 'Δεν έκλεισαν τα εισαγωγικά: {part}',
  'filterProblem.unknown-value': 'Δεν υπάρχει τέτοια τιμή: {part}',
  'filterProblem.not-comparable': 'Δεν γίνεται τέτοια σύγκριση: {part}',
  'filterProblem.not-a-size': 'Χρειάζεται μέγεθος, για παράδειγμα 4G: {part}',
  'filterProblem.not-a-count': 'Χρειάζεται αριθμός: {part}',
  'filterProblem.not-a-duration': 'Χρειάζεται χρόνος, για παράδειγμα 3d: {part}',

  'search.open': 'Αναζήτηση',
  'crumbs.label': 'Πού βρίσκεστε',

  'notices.label': 'Ειδοποιήσεις',
  'notices.unread.one': 'Ειδοποιήσεις: {count} νέα',
  'notices.unread.other': 'Ειδοποιήσεις: {count} νέες',
  'notices.none': 'Τίποτα δεν χρειάζεται την προσοχή σας.',
  'notices.new': 'Νέα',
  'notices.log': 'Εμφάνιση της καταγραφής',

  'user.account': 'Λογαριασμός',
  'user.theme': 'Θέμα',
  'user.language': 'Γλώσσα',
  'user.keys': 'Συντομεύσεις πληκτρολογίου',

  'dock.onlyFailed': 'Απέτυχαν',
  'dock.noneFailed': 'Καμία εργασία δεν απέτυχε',
};
