/* The inner loops of decoding, compiled. loops.py says what they do, loops_compiled.py calls them; loops_numpy.py does without a compiler.
   Plain C without Python's headers: called by ctypes, on memory that Python owns. Nothing here allocates or fails. */

#include <stdint.h>
#include <string.h>

#ifdef _WIN32
#define EXPORTED __declspec(dllexport)
void *PyInit__loops(void) { return 0; } /* which setuptools tells the linker to export */
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

/* loops_compiled.py has the same number, so that a library left over from other code is not taken. */
EXPORTED int32_t nibrs_loops_version(void) { return 2; }

#define BLANK ' '
enum { CODE = 0, TEXT = 1, COUNT = 2 };
enum { MOST_ROWS = 256 }; /* laid out at a time, so that they stay in the processor's cache */

/* loops.py: Column. */
typedef struct {
    int32_t start, width, kind;
    int32_t distinct, most_distinct;
    int32_t slot_bits; /* the slots are 1 << slot_bits; 0: a slot for each key */
    int32_t placed;   /* how many of the distinct keys the slots know */
    int64_t valid;
    void *values;
    uint8_t *validity;
    uint64_t *keys;
    uint8_t *firsts;
    uint32_t *slots;  /* place + 1 of a key; 0: none */
    uint8_t *text;
    int64_t text_bytes, most_text_bytes;
} Column;

/* loops.py: Unusual. */
typedef struct {
    int64_t found, most;
    int64_t *rows;
    int32_t *columns;
    uint8_t *cells; /* 16 bytes each */
} Unusual;

/* Where each line of data[begin:stop] begins, from `begin`, and how long it is without LF or CR LF; at most `most` of them.
   `ended` gets the place of the last one's LF, from `begin`. */
EXPORTED int64_t nibrs_lines(const uint8_t *data, int64_t begin, int64_t stop, int64_t most, int64_t *starts, int64_t *lengths,
                             int64_t *ended) {
    const uint8_t *first = data + begin, *at = first, *end = data + stop;
    int64_t lines = 0;
    while (at < end && lines < most) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline) newline = end;
        int64_t length = newline - at;
        starts[lines] = at - first;
        lengths[lines] = length - (length > 0 && newline[-1] == '\r');
        *ended = newline - first;
        at = newline + 1;
        lines++;
    }
    return lines;
}

/* Validity bits of rows that follow each other, a byte at a time. */
typedef struct {
    uint8_t *byte;
    unsigned bits, next;
} Bits;

static inline Bits bits_at(uint8_t *validity, int64_t at) {
    Bits bits = {validity + (at >> 3), 0, (unsigned)(at & 7)};
    if (bits.next) bits.bits = *bits.byte & ((1u << bits.next) - 1);
    return bits;
}

static inline void add_bit(Bits *bits, unsigned bit) {
    bits->bits |= bit << bits->next;
    if (++bits->next == 8) {
        *bits->byte++ = (uint8_t)bits->bits;
        bits->bits = bits->next = 0;
    }
}

static inline void end_bits(const Bits *bits) {
    if (bits->next) *bits->byte = (uint8_t)bits->bits;
}

static inline uint64_t number(const uint8_t *cell) { /* little-endian on any machine; compilers make one load of it */
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value |= (uint64_t)cell[i] << 8 * i;
    return value;
}

static inline uint64_t hashed(uint64_t key, uint8_t first, int bits) {
    return ((key ^ (uint64_t)first << 59) * 0x9E3779B97F4A7C15u) >> (64 - bits);
}

static void learn_slots(Column *column) {
    uint64_t mask = ((uint64_t)1 << column->slot_bits) - 1;
    for (; column->placed < column->distinct; column->placed++) {
        uint64_t slot = hashed(column->keys[column->placed], column->firsts[column->placed], column->slot_bits);
        while (column->slots[slot & mask]) slot++;
        column->slots[slot & mask] = (uint32_t)column->placed + 1;
    }
}

static uint32_t add_key(Column *column, uint64_t key, uint8_t first) {
    column->keys[column->distinct] = key;
    column->firsts[column->distinct] = first;
    return (uint32_t)++column->distinct;
}

/* Keys of one or two bytes have a slot each. */
static void short_codes(Column *column, const uint8_t *const *rows, int64_t count, int64_t at) {
    uint16_t *values = (uint16_t *)column->values + at;
    Bits bits = bits_at(column->validity, at);
    const int two = column->width == 2;
    const uint32_t blank = two ? 0x2020 : 0x20;
    int64_t valid = 0;
    column->placed = column->distinct;
    for (int64_t row = 0; row < count; row++) {
        const uint8_t *cell = rows[row] + column->start;
        uint32_t key = two ? cell[0] | (uint32_t)cell[1] << 8 : cell[0];
        uint32_t slot = column->slots[key];
        unsigned is_valid = key != blank;
        if (!slot && is_valid) {
            slot = column->slots[key] = add_key(column, key, 0);
            column->placed = column->distinct;
        }
        values[row] = (uint16_t)(slot - is_valid);
        add_bit(&bits, is_valid);
        valid += is_valid;
    }
    end_bits(&bits);
    column->valid += valid;
}

/* Keys of three to nine bytes are hashed; one that stands still is not looked up again. */
static void long_codes(Column *column, const uint8_t *const *rows, int64_t count, int64_t at) {
    int32_t *values = (int32_t *)column->values + at;
    Bits bits = bits_at(column->validity, at);
    const int nine = column->width == 9, start = column->start + nine;
    const uint64_t mask = column->width >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << 8 * column->width) - 1;
    const uint64_t blank = 0x2020202020202020u & mask, slot_mask = ((uint64_t)1 << column->slot_bits) - 1;
    const uint8_t blank_first = nine ? BLANK : 0;
    uint64_t last = blank;
    uint8_t last_first = blank_first;
    uint32_t place = 0;
    unsigned is_valid = 0;
    int64_t valid = 0;
    learn_slots(column);
    for (int64_t row = 0; row < count; row++) {
        const uint8_t *cell = rows[row] + start;
        uint64_t key = number(cell) & mask;
        uint8_t first = nine ? cell[-1] : 0;
        if (key != last || first != last_first) {
            last = key;
            last_first = first;
            is_valid = key != blank || first != blank_first;
            place = 0;
            if (is_valid) {
                uint64_t slot = hashed(key, first, column->slot_bits);
                uint32_t found;
                while ((found = column->slots[slot & slot_mask])) {
                    if (column->keys[found - 1] == key && column->firsts[found - 1] == first) break;
                    slot++;
                }
                if (!found) {
                    found = column->slots[slot & slot_mask] = add_key(column, key, first);
                    column->placed = column->distinct;
                }
                place = found - 1;
            }
        }
        values[row] = (int32_t)place;
        add_bit(&bits, is_valid);
        valid += is_valid;
    }
    end_bits(&bits);
    column->valid += valid;
}

/* Latin-1 to UTF-8, without the blanks at the end. */
static void texts(Column *column, const uint8_t *const *rows, int64_t count, int64_t at) {
    int32_t *ends = (int32_t *)column->values + at + 1;
    Bits bits = bits_at(column->validity, at);
    uint8_t *to = column->text + column->text_bytes;
    for (int64_t row = 0; row < count; row++) {
        const uint8_t *cell = rows[row] + column->start;
        int32_t length = column->width;
        while (length && cell[length - 1] == BLANK) length--;
        for (int32_t i = 0; i < length; i++) {
            if (cell[i] < 0x80) {
                *to++ = cell[i];
            } else {
                *to++ = (uint8_t)(0xC0 | cell[i] >> 6);
                *to++ = 0x80 | (cell[i] & 0x3F);
            }
        }
        ends[row] = (int32_t)(to - column->text);
        add_bit(&bits, length > 0);
        column->valid += length > 0;
    }
    end_bits(&bits);
    column->text_bytes = to - column->text;
}

/* Digits are a number, blanks are none, and what else there is is put aside. */
static void counts(Column *column, int32_t which, const uint8_t *const *rows, int64_t count, int64_t at, Unusual *unusual) {
    int32_t *values = (int32_t *)column->values + at;
    Bits bits = bits_at(column->validity, at);
    for (int64_t row = 0; row < count; row++) {
        const uint8_t *cell = rows[row] + column->start;
        int32_t value = 0, blanks = 0;
        unsigned odd = 0;
        for (int32_t i = 0; i < column->width; i++) {
            unsigned digit = (unsigned)cell[i] - '0';
            odd |= digit > 9;
            value = (int32_t)((uint32_t)value * 10 + digit);
        }
        if (odd) {
            value = 0;
            for (int32_t i = 0; i < column->width; i++) blanks += cell[i] == BLANK;
            if (blanks < column->width) {
                int64_t found = unusual->found++;
                unusual->rows[found] = at + row;
                unusual->columns[found] = which;
                memcpy(unusual->cells + 16 * found, cell, (size_t)column->width);
            }
        }
        values[row] = value;
        add_bit(&bits, !odd);
        column->valid += !odd;
    }
    end_bits(&bits);
}

static int has_room(const Column *columns, int32_t width, int64_t rows, const Unusual *unusual) {
    int64_t counts = 0;
    for (int32_t i = 0; i < width; i++) {
        const Column *column = columns + i;
        if (column->kind == CODE && column->slot_bits && column->distinct + rows > column->most_distinct) return 0;
        if (column->kind == TEXT && column->text_bytes + 2 * rows * column->width > column->most_text_bytes) return 0;
        counts += column->kind == COUNT;
    }
    return unusual->found + counts * rows <= unusual->most;
}

/* One line as the row that the columns stand in: the pieces {from, bytes, to} of `copies`, blank beyond the line's end. */
static const uint8_t *laid_out(const uint8_t *line, int64_t length, const int32_t *copies, int32_t pieces, uint8_t *row) {
    if (pieces == 1 && copies[2] == 0 && copies[0] + copies[1] <= length) return line + copies[0];
    for (int32_t i = 0; i < pieces; i++, copies += 3) {
        int64_t there = length - copies[0];
        there = there < 0 ? 0 : there > copies[1] ? copies[1] : there;
        if (there) memcpy(row + copies[2], line + copies[0], (size_t)there);
        memset(row + copies[2] + there, BLANK, (size_t)(copies[1] - there));
    }
    return row;
}

/* Add rows to the columns, from row `at` of theirs on. Row i is of the line data[starts[i]:starts[i] + lengths[i]], by the pieces
   copies[pieces[shape]:pieces[shape + 1]] of its shape (0 without `shapes`). `scratch` has room for `at_once` rows (MOST_ROWS at most) of
   `row_bytes`, blank where nothing is copied. Returns how many rows were added: fewer where a column or `unusual` may have no room for more. */
EXPORTED int64_t nibrs_gather(const uint8_t *data, const int64_t *starts, const int64_t *lengths, const uint16_t *shapes, int64_t rows,
                              const int32_t *copies, const int32_t *pieces, uint8_t *scratch, int64_t row_bytes, int64_t at_once,
                              Column *columns, int32_t width, int64_t at, Unusual *unusual) {
    const uint8_t *laid[MOST_ROWS];
    int64_t done = 0;
    while (done < rows) {
        int64_t most = at_once < MOST_ROWS ? at_once : MOST_ROWS, some = rows - done < most ? rows - done : most;
        if (!has_room(columns, width, some, unusual)) return done;
        for (int64_t i = 0; i < some; i++) {
            int shape = shapes ? shapes[done + i] : 0;
            const int32_t *of_shape = copies + 3 * pieces[shape];
            laid[i] = laid_out(data + starts[done + i], lengths[done + i], of_shape, pieces[shape + 1] - pieces[shape],
                               scratch + i * row_bytes);
        }
        for (int32_t i = 0; i < width; i++) {
            Column *column = columns + i;
            if (column->kind == TEXT) texts(column, laid, some, at + done);
            else if (column->kind == COUNT) counts(column, i, laid, some, at + done, unusual);
            else if (column->slot_bits) long_codes(column, laid, some, at + done);
            else short_codes(column, laid, some, at + done);
        }
        done += some;
    }
    return done;
}
