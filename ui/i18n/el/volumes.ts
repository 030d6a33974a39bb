// Greek words about volumes: notes and protection, copies and moves, orphans.
import type { volumeWords as English } from '../en/volumes.ts';
import type { Translation } from '../words.ts';

export const volumeWords: Translation<typeof English> = {
  'volume.actions': 'Περισσότερα για {name}',
  'volume.notes': 'Σημειώσεις και προστασία…',
  'volume.notesTitle': 'Σημειώσεις και προστασία',
  'volume.protect': 'Προστασία από αφαίρεση',
  'volume.protectHint': 'Όσο είναι ενεργή, δεν αφαιρείται ούτε ο τόμος ούτε ένα φιλοξενούμενο που τον έχει.',
  'volume.copy': 'Αντιγραφή…',
  'volume.move': 'Μετακίνηση…',
  'volume.copyTitle': 'Αντιγραφή: {name}',
  'volume.copyAction': 'Αντιγραφή',
  'volume.name': 'Όνομα στον προορισμό',
  'volume.nameHint': 'Κενό: το ίδιο όνομα.',
  'volume.nameDiskHint': 'Κενό: το επόμενο ελεύθερο όνομα του φιλοξενουμένου.',
  'volume.guest': 'Για το φιλοξενούμενο',
  'volume.guestHint': 'Ο αριθμός του φιλοξενουμένου στο οποίο θα ανήκει. Κενό: όπως είναι.',
  'volume.limit': 'Όριο ταχύτητας',
  'volume.limitHint': 'Κενό: όπως ορίζουν οι χώροι αποθήκευσης. 0: κανένα.',
  'volume.moveHint':
    'Το πρωτότυπο αφαιρείται όταν το αντίγραφο ολοκληρωθεί και ελεγχθεί, εκτός αν ως τότε κάτι το χρησιμοποιεί.',
  'volume.same': 'Επιλέξτε άλλον χώρο αποθήκευσης ή όνομα',
  'volume.nowhere': 'Κανένας χώρος αποθήκευσης αυτού του κόμβου δεν μπορεί να το δεχθεί.',
  'volume.tree': 'Μετακινήστε το μαζί με το container του: είναι δέντρο αρχείων',
  'volume.badLimit': 'Γράψτε ακέραιο αριθμό',
  'volume.badGuest': 'Γράψτε τον αριθμό ενός φιλοξενουμένου, από 100 και πάνω',
  'orphans.tab': 'Ορφανά',
  'orphans.intro':
    'Δίσκοι που δεν τους αναφέρει κανένα φιλοξενούμενο, στιγμιότυπο, αλλαγή σε αναμονή ή εργασία σε εξέλιξη. Αν και άλλο cluster κρατά δίσκους σε αυτόν τον χώρο αποθήκευσης, εμφανίζονται και αυτοί εδώ: μην τους πειράξετε.',
  'orphans.none': 'Κανένα ορφανό',
  'orphans.noneHint': 'Κάθε δίσκος εδώ αναφέρεται από κάποιο φιλοξενούμενο.',
  'orphans.why': 'Αιτία',
  'orphans.used': 'Καταλαμβάνει',
  'orphans.guestGone': 'Δεν υπάρχει φιλοξενούμενο {vmid}',
  'orphans.notNamed': 'Το φιλοξενούμενο {vmid} δεν τον αναφέρει',
  'orphans.noGuest': 'Δεν φέρει τον αριθμό κανενός φιλοξενουμένου',
  'orphans.adopt': 'Απόδοση στο φιλοξενούμενο {vmid} ως αχρησιμοποίητος δίσκος',
  'orphans.removeSelected': 'Αφαίρεση επιλεγμένων',
  'orphans.removeTitle': 'Αφαίρεση αυτών των δίσκων;',
  'orphans.removeText.one':
    '{count} δίσκος ({size}) αφαιρείται και όλα τα δεδομένα του χάνονται. Η ενέργεια δεν αναιρείται.',
  'orphans.removeText.other':
    '{count} δίσκοι, {size} συνολικά, αφαιρούνται και όλα τα δεδομένα τους χάνονται. Η ενέργεια δεν αναιρείται.',
  'orphans.skipped.one': '{count} δίσκος προστατεύεται και μένει',
  'orphans.skipped.other': '{count} δίσκοι προστατεύονται και μένουν',
  'orphans.allProtected': 'Όλοι οι επιλεγμένοι δίσκοι προστατεύονται',
};
