/* First sector of the writing guest: reads the sectors after it, and goes into flat 32-bit mode (Intel's manual, volume 3, chapter 9). */
    .section .boot, "ax"
    .code16
    .globl start
start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7c00, %sp
    ljmp $0, $1f
1:  movb $0x42, %ah             /* extended read of the disk that it was booted from, which the BIOS tells in dl */
    movw $packet, %si
    int $0x13
    jc 2f
    cli
    lgdt descriptors_at
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmp $8, $flat
2:  hlt
    jmp 2b

packet:                         /* EDD's disk address packet: sectors, where to (offset, segment), from where */
    .byte 16, 0
    .word rest_sectors, 0x7e00, 0
    .quad 1

    .code32
flat:
    movw $16, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %fs
    movw %ax, %gs
    movw %ax, %ss
    movl $0x80000, %esp
    movl $variables, %edi
    movl $variables_end, %ecx
    subl %edi, %ecx
    xorl %eax, %eax
    rep stosb
    movl $timer, %eax           /* the timer is vector 8, as the BIOS has set the interrupt controller up */
    movw %ax, gates + 64
    shrl $16, %eax
    movw %ax, gates + 70
    lidt gates_at
    call work

timer:
    pushl %eax
    movb $0x20, %al
    outb %al, $0x20
    popl %eax
    iret

    .balign 8
descriptors:                    /* none, code, data: all of 4 GiB */
    .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
descriptors_at:
    .word descriptors_at - descriptors - 1
    .long descriptors
gates:
    .fill 8, 8, 0
    .word 0, 8, 0x8e00, 0
gates_at:
    .word gates_at - gates - 1
    .long gates

    .org 510
    .word 0xaa55
