# Merges kept accounts into the image's files for apply-state. -v what=passwd|shadow|group|gshadow, -v notes=FILE; reads
# part=people (the new passwd), part=image (the image's file), part=state (the kept one; for gshadow the new group).
# The image wins: its system users and groups are what its programs expect.

function is_name(text) { return text ~ /^[A-Za-z_][A-Za-z0-9_.-]*$/ }
function is_person(id) { return id ~ /^[0-9]+$/ && id + 0 >= 1000 && id + 0 <= 59999 }
function refuse(why) { print what " of " $1 ": " why >> notes }

# One more line of the merged file, under the name of the line that is read.
function add(text) {
  count++
  line[count] = text
  place[$1] = count
}

# A user or group of people's, unless the image has one of that name or number.
function add_person(kind) {
  if ($1 in place) { refuse("the image has a " kind " of this name"); return }
  if ($3 in ids) { refuse("the image has " kind " " ids[$3] " with the number " $3); return }
  add($0)
  ids[$3] = $1
}

part == "people" { if (is_person($3)) people[$1] = 1; next }

part == "image" {
  add($0)
  if (what == "passwd" || what == "group") ids[$3] = $1
  next
}

# From here on: what was kept.
!is_name($1) { next }

what == "passwd" {
  if (NF == 7 && is_person($3) && $4 ~ /^[0-9]+$/) add_person("user")
  next
}

what == "shadow" {
  if (NF != 9) next
  # Of root only the password: an empty one is none that anybody chose.
  if ($1 == "root") {
    if ($2 == "" || !("root" in place)) next
    split(line[place["root"]], old, ":")
    line[place["root"]] = "root:" $2 ":" $3 ":" old[4] ":" old[5] ":" old[6] ":" old[7] ":" old[8] ":" old[9]
    next
  }
  if (($1 in people) && !($1 in place)) add($0)
  next
}

what == "group" {
  if (NF != 4 || $3 !~ /^[0-9]+$/) next
  if (is_person($3)) { add_person("group"); next }
  # A group of the image: people who were added to it are added again.
  if (!($1 in place)) next
  split(line[place[$1]], own, ":")
  members = own[4]
  added = split($4, names, ",")
  for (i = 1; i <= added; i++)
    if ((names[i] in people) && index("," members ",", "," names[i] ",") == 0)
      members = members (members == "" ? "" : ",") names[i]
  line[place[$1]] = own[1] ":" own[2] ":" own[3] ":" members
  next
}

what == "gshadow" {
  if (is_person($3) && !($1 in place)) add($1 ":!::" $4)
}

END {
  for (i = 1; i <= count; i++) print line[i]
  # A person without a line in shadow could not even be given a password.
  if (what == "shadow")
    for (name in people) if (!(name in place)) print name ":!:::::::"
}
