#!/usr/bin/perl
# Mounts a folder of the host into a running container: mount-into.pl PID SOURCE TARGET plain|idmapped
# The target is resolved by the kernel below the container's root (openat2(2), RESOLVE_IN_ROOT): nothing in it leads outside.
use strict;
use warnings;

# Numbers of system calls that are the same on every architecture since Linux 5.1, but for setns(2).
my %call = (open_tree => 428, move_mount => 429, openat2 => 437, mount_setattr => 442);
my $machine = (POSIX_uname())[4];
$call{setns} = $machine eq 'x86_64' ? 308 : 268;

sub POSIX_uname { require POSIX; return POSIX::uname() }
sub failed { my ($what) = @_; print STDERR "$what: $!\n"; exit 1 }

my ($pid, $source, $target, $mode) = @ARGV;
die "usage: mount-into.pl PID SOURCE TARGET plain|idmapped\n" unless defined $mode && $pid =~ /^[0-9]+$/;
my $empty = '';
my $cloexec = 02000000;
my $here = -100;    # AT_FDCWD

# open_tree(2): OPEN_TREE_CLONE, a copy of the mount that is nowhere yet.
my $tree = syscall($call{open_tree}, $here, $source, 1 | $cloexec);
failed('the folder cannot be opened') if $tree < 0;
if ($mode eq 'idmapped') {
    open(my $users, '<', "/proc/$pid/ns/user") or failed('the container is gone');
    # mount_setattr(2): struct mount_attr { set, clear, propagation, userns }; MOUNT_ATTR_IDMAP; AT_EMPTY_PATH.
    my $attributes = pack('Q4', 0x00100000, 0, 0, fileno($users));
    my $size = length $attributes;
    syscall($call{mount_setattr}, $tree, $empty, 0x1000, $attributes, $size) == 0
        or failed('the file system of the folder cannot be idmapped');
}
open(my $mounts, '<', "/proc/$pid/ns/mnt") or failed('the container is gone');
opendir(my $root, "/proc/$pid/root") or failed('the container is gone');
my $rootFd = fileno($root);
# setns(2), CLONE_NEWNS: this process has one thread and shares no file system state.
syscall($call{setns}, fileno($mounts), 0x00020000) == 0 or failed('the container cannot be entered');
# struct open_how { flags, mode, resolve }: O_PATH, O_DIRECTORY; RESOLVE_NO_MAGICLINKS, RESOLVE_IN_ROOT.
my $how = pack('Q3', 010000000 | 0200000 | $cloexec, 0, 0x02 | 0x10);
my $howSize = length $how;
my $place = syscall($call{openat2}, $rootFd, $target, $how, $howSize);
failed('the mount point cannot be opened') if $place < 0;
# move_mount(2): MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH.
syscall($call{move_mount}, $tree, $empty, $place, $empty, 0x04 | 0x40) == 0 or failed('it cannot be mounted there');
