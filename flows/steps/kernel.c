/* What lines.py, letters.py, widgets.py, line_features.py and line_net.py do with patterns and
 * numpy, in one pass over a text each.
 *
 * No rule stands here alone: tests/steps/test_kernel.py holds both ways to the same figures, bit
 * for bit, and to the same probabilities but for rounding. So products and sums must not be
 * contracted (-ffp-contract=off), which also makes them the same on every processor. Nothing is
 * kept between calls.
 */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Of the file that this was compiled from: a library of another is not used. */
uint32_t source_digest(void) { return SOURCE_DIGEST; }

/* As `_BITS` in letters.py, in its order. */
enum {
  UPPER = 1, LOWER = 2, DIGIT = 4, STOP = 8, COMMA = 16, QUOTE = 32, PIPE = 64, UNSPACED = 128,
  CLOSE = 256, WORD = 512, COLON = 1024, SYMBOL = 2048, ODD = 4096
};
/* Counted classes, as `_LANES` in letters.py. */
enum { N_UPPER, N_LOWER, N_DIGIT, N_COMMA, N_QUOTE, N_PIPE, N_UNSPACED, N_SYMBOL, N_ODD, COUNTED };
enum { LANE_BITS = 12, LANES_IN_FIRST = 5 };
enum { LINE_ROWS = 4 + COUNTED, WORD_ROWS = 4 };

static const uint64_t BASE = 0x9E3779B97F4A7C15u, PAIR = 0xD6E8FEB86659FD93u;

/* Kinds of code points, as in lines.py, in its order. */
enum {
  WHITE = 1, SPACE = 2, LINE_END = 4, FULL_STOP = 8, CLOSER = 16, NO_SPACES = 32, CONTINUING = 64
};
enum { KNOWN_CODES = 0x20000, MAX_CLOSERS = 4, PROSE_SPACES = 3, PROSE_WORDS = 8 };

/* A line that is not blank: `[start, end)` with what ends it, `[text_start, text_stop)` without
 * white space at its ends. It is even where no white space is in it but single spaces. */
typedef struct {
  int64_t start, end, text_start, text_stop, spaces, unspaced;
  int64_t is_closed, has_gap, is_even, goes_on;
} Line;

typedef struct {
  const void *codes;
  int64_t width, size;
  const uint8_t *kinds;
} Text;

static uint8_t kind_at(const Text *text, int64_t at) {
  uint32_t code =
      text->width == 1 ? ((const uint8_t *)text->codes)[at] : ((const uint32_t *)text->codes)[at];
  return code < KNOWN_CODES ? text->kinds[code] : 0;
}

static int is_pair(const Text *text, int64_t at) {
  if (text->width == 1) {
    const uint8_t *codes = (const uint8_t *)text->codes + at;
    return codes[0] == '\r' && codes[1] == '\n';
  }
  const uint32_t *codes = (const uint32_t *)text->codes + at;
  return codes[0] == '\r' && codes[1] == '\n';
}

static int is_sentence_end(const Text *text, int64_t start, int64_t stop) {
  int64_t at = stop - 1, first = at - MAX_CLOSERS;
  while (at > start && at > first && (kind_at(text, at) & CLOSER)) at--;
  return (kind_at(text, at) & FULL_STOP) > 0;
}

/* Reads lines as `read_lines` of lines.py does. Returns how many are not blank; those beyond
 * `room` are not written. */
int64_t read_lines(const void *codes, int64_t width, int64_t size, const uint8_t *kinds,
                   int64_t room, Line *lines) {
  const Text text = {codes, width, size, kinds};
  const Line blank = {.text_start = -1, .is_even = 1};
  Line line = blank;
  int64_t count = 0, white = 0, spaces = 0;
  int is_below_blank = 1;
  for (int64_t at = 0; at < size; at++) {
    uint8_t kind = kind_at(&text, at);
    if (!(kind & WHITE)) {
      if (line.text_start < 0) {
        line.text_start = at;
        line.goes_on = (kind & CONTINUING) > 0;
      } else if (white) {
        line.spaces += spaces;
        if (white > 1 || !spaces) line.is_even = 0;
      }
      white = spaces = 0;
      line.unspaced += (kind & NO_SPACES) > 0;
      line.text_stop = at + 1;
    } else {
      white++;
      spaces += (kind & SPACE) > 0;
    }
    if (at + 1 < size && !(kind & LINE_END)) continue;
    if (at + 1 < size && is_pair(&text, at)) continue;
    if (line.text_start >= 0) {
      line.end = at + 1;
      line.has_gap = is_below_blank;
      line.is_closed = is_sentence_end(&text, line.text_start, line.text_stop);
      if (count < room) lines[count] = line;
      count++;
    }
    is_below_blank = line.text_start < 0;
    line = blank;
    line.start = at + 1;
    white = spaces = 0;
  }
  return count;
}

/* Marks the lines that begin a unit, as `_join_fragments` of lines.py joins them. */
void join_fragments(const Line *lines, int64_t count, int64_t longest_link, uint8_t *begins) {
  int64_t first = 0;
  for (int64_t at = 0; at < count; at++) {
    int64_t chars = lines[at].text_stop - lines[at].text_start;
    int is_after = at + 1 < count && lines[at + 1].goes_on && chars <= longest_link;
    int is_open = 0;
    if (at > 0 && !lines[at - 1].is_closed) {
      int64_t words = lines[first].spaces + 1 + lines[first].unspaced / 2;
      is_open = at - first > 1 || lines[first].spaces >= PROSE_SPACES || words > PROSE_WORDS;
    }
    begins[at] = !((lines[at].goes_on || is_after) && is_open);
    if (begins[at]) first = at;
  }
}

typedef struct {
  const uint16_t *bits;
  const uint64_t *letters, *first_lanes, *second_lanes;
} LetterTables;

/* The arrays of `Letters`, which lie one behind the other in one buffer. */
typedef struct {
  int64_t size, lines, words;
  int64_t *starts, *ends, *word_counts, *words_before, *counts;
  int64_t *word_starts, *word_lengths, *word_lines;
  uint64_t *hashes;
  uint16_t *codes, *bits;
} Letters;

static Letters find_arrays(int64_t *buffer, int64_t size, int64_t lines, int64_t words) {
  int64_t room = size / 2 + 1, *by_word = buffer + LINE_ROWS * lines;
  uint16_t *codes = (uint16_t *)(by_word + WORD_ROWS * room);
  Letters found = {
      size, lines, words, buffer, buffer + lines, buffer + 2 * lines, buffer + 3 * lines,
      buffer + 4 * lines, by_word, by_word + room, by_word + 2 * room,
      (uint64_t *)(by_word + 3 * room), codes, codes + size,
  };
  return found;
}

static int64_t count_of(const Letters *of, int kind, int64_t line) {
  return of->counts[kind * of->lines + line];
}

static void write_counts(Letters *to, int64_t line, uint64_t first, uint64_t second) {
  for (int kind = 0; kind < COUNTED; kind++) {
    uint64_t lanes = kind < LANES_IN_FIRST ? first : second;
    int place = kind < LANES_IN_FIRST ? kind : kind - LANES_IN_FIRST;
    to->counts[kind * to->lines + line] = (int64_t)(lanes >> (LANE_BITS * place)) & 0xFFF;
  }
}

/* Reads `size` code points of `width` bytes: lines, each ended by a line feed. Returns how many
 * words they have. */
int64_t read_letters(const void *text, int64_t width, int64_t size, int64_t lines,
                     const LetterTables *tables, int64_t *buffer) {
  Letters to = find_arrays(buffer, size, lines, 0);
  int64_t words = 0, line = 0, word_start = -1;
  uint64_t hash = 0, power = 0, first = 0, second = 0;
  to.starts[0] = to.words_before[0] = 0;
  for (int64_t at = 0; at < size; at++) {
    uint32_t code = width == 1 ? ((const uint8_t *)text)[at] : ((const uint32_t *)text)[at];
    if (code > 0xFFFF) code = 0xFFFD;
    uint16_t bits = tables->bits[code];
    to.codes[at] = (uint16_t)code;
    to.bits[at] = bits;
    first += tables->first_lanes[code];
    second += tables->second_lanes[code];
    if (bits & WORD) {
      if (word_start < 0) {
        word_start = at;
        hash = 0;
        power = 1;
      }
      power *= BASE;
      hash += tables->letters[code] * power;
      continue;
    }
    if (word_start >= 0) {
      to.word_starts[words] = word_start;
      to.word_lengths[words] = at - word_start;
      to.word_lines[words] = line;
      to.hashes[words++] = hash;
      word_start = -1;
    }
    if (code == '\n') {
      to.ends[line] = at;
      to.word_counts[line] = words - to.words_before[line];
      write_counts(&to, line, first, second);
      first = second = 0;
      if (++line == lines) break;
      to.starts[line] = at + 1;
      to.words_before[line] = words;
    }
  }
  return words;
}

typedef struct {
  const uint8_t *singles, *openers, *pairs, *terms, *term_heads, *term_pairs;
} PhraseHeads;

static int may_have(const uint8_t *filter, uint64_t hash) { return filter[hash >> 48]; }

static uint64_t hash_pair(uint64_t first, uint64_t second) { return first * PAIR + second; }

enum { SUSPECT = 1, NOTICE = 2 };

/* Marks the lines that `find_suspects` of widgets.py gives; there must be a word. */
void find_suspects(int64_t *buffer, int64_t size, int64_t lines, int64_t words,
                   const PhraseHeads *heads, uint8_t *marks) {
  Letters of = find_arrays(buffer, size, lines, words);
  int64_t last = words - 1;
  for (int64_t line = 0; line < lines; line++) {
    int64_t first = of.words_before[line] < last ? of.words_before[line] : last;
    int64_t second = of.words_before[line] + 1 < last ? of.words_before[line] + 1 : last;
    uint16_t begun = of.bits[of.word_starts[first]] | of.bits[of.word_starts[second]];
    uint64_t hash = of.hashes[first];
    int is_mixed = count_of(&of, N_UNSPACED, line) + count_of(&of, N_ODD, line) > 0;
    if (!is_mixed && count_of(&of, N_DIGIT, line) > 0) {
      for (int64_t at = of.starts[line] + 1; at < of.ends[line] && !is_mixed; at++) {
        is_mixed = (of.bits[at] & DIGIT) && (of.bits[at - 1] & (WORD | DIGIT)) == WORD;
      }
    }
    int is_suspect = is_mixed || (begun & DIGIT);
    if (of.word_counts[line] == 1) {
      is_suspect |= may_have(heads->singles, hash);
    } else if (of.word_counts[line] > 1) {
      is_suspect |= may_have(heads->openers, hash) ||
                    may_have(heads->pairs, hash_pair(hash, of.hashes[second]));
    }
    marks[line] = (is_mixed ? SUSPECT | NOTICE : 0) | (is_suspect ? SUSPECT : 0);
  }
  for (int64_t word = 0; word < words; word++) {
    uint64_t hash = of.hashes[word];
    int is_term = may_have(heads->terms, hash);
    if (!is_term && word < last && may_have(heads->term_heads, hash)) {
      is_term = may_have(heads->term_pairs, hash_pair(hash, of.hashes[word + 1]));
    }
    if (is_term) marks[of.word_lines[word]] |= SUSPECT | NOTICE;
  }
}

/* What `describe_lines` of line_features.py is given beside the letters. */
typedef struct {
  const uint64_t *hashes; /* of listed words, ascending */
  const int64_t *classes;
  int64_t listed;
  const uint8_t *filter;
  const double *logs; /* log1p of 0, 0.5, 1, ...: numpy's own, which may differ in the last bit */
  int64_t logged;
} WordTable;

typedef struct {
  const uint8_t *gaps;
  const double *repeats; /* or null: no line stands twice */
  const int8_t *roles;   /* of clues: 1 and up, 0 for a role without a column, -1 for no clue */
  const uint8_t *whole, *believed;
  int64_t span_first, span_stop;
} LineMarks;

enum { FUNCTION = 0, CAPTION = 6, AUTHOR, DATE, WORD_CLASSES = 11, CLUE_ROLES = 7 };
enum { SHAPES = 20, RATES = 6, SINCE = 3, SEEN = 2 };
enum { CONTENT_CHARS = 4, SHORT_CHARS = 3, NO_CLUE_YET = 60 };
/* The first row of each group of features. */
enum {
  WORDING = SHAPES, AROUND = WORDING + WORD_CLASSES + 3, ECHOES = AROUND + 3, DENSE = ECHOES + 4,
  SPAN = DENSE + 1, TEXT = SPAN + 7, PLACE = TEXT + RATES, CLUES = PLACE + 5,
  FEATURES = CLUES + SINCE + SEEN + CLUE_ROLES + 3
};
static const double DENSE_WORDS = 12, LONG_WORDS = 30;

static double log_of(double value, const WordTable *table) {
  int64_t place = (int64_t)(2 * value);
  return place < table->logged && place == 2 * value ? table->logs[place] : log1p(value);
}

static int64_t class_of(uint64_t hash, const WordTable *table) {
  if (!may_have(table->filter, hash)) return WORD_CLASSES;
  int64_t low = 0, high = table->listed;
  while (low < high) {
    int64_t middle = (low + high) / 2;
    if (table->hashes[middle] < hash) low = middle + 1;
    else high = middle;
  }
  return low < table->listed && table->hashes[low] == hash ? table->classes[low] : WORD_CLASSES;
}

static int is_closed(const Letters *of, int64_t line) {
  int64_t start = of->starts[line], at = of->ends[line] - 1;
  uint16_t last = of->bits[at];
  uint16_t second = of->bits[at - 1 > start ? at - 1 : start];
  uint16_t third = of->bits[at - 2 > start ? at - 2 : start];
  int is_behind = (second & STOP) || ((second & CLOSE) && (third & STOP));
  return (last & STOP) || ((last & CLOSE) && is_behind);
}

static double least(double one, double other) { return one < other ? one : other; }

/* Sums over lines: `running[i]` is of all lines before i. */
typedef struct {
  double *count, *dense, *running_count, *running_dense, *gain;
} Sums;

static void describe_shape(const Letters *of, const WordTable *table, const double *count,
                           float *out) {
  int64_t lines = of->lines;
  for (int64_t line = 0; line < lines; line++) {
    int64_t start = of->starts[line], end = of->ends[line], last = end - 1;
    int64_t stops = 0, capitals = 0, shorts = 0;
    for (int64_t at = start; at < end; at++) {
      int is_before_space = of->codes[at + 1] == ' ', is_wide = of->codes[at] > 0x3000;
      stops += ((of->bits[at] & STOP) > 0) & (is_before_space | is_wide);
    }
    int64_t word = of->words_before[line], next = word + of->word_counts[line];
    for (; word < next; word++) {
      uint16_t first = of->bits[of->word_starts[word]];
      capitals += (first & UPPER) > 0;
      shorts += (first & LOWER) && of->word_lengths[word] <= SHORT_CHARS;
    }
    uint16_t first = of->bits[start], last_code = of->codes[last];
    uint16_t before = of->codes[last - 1 > start ? last - 1 : start];
    double chars = end - start, per_char = chars + 1, per_word = of->word_counts[line] + 1.0;
    double shape[] = {
        log_of(count[line], table),
        log_of(chars, table),
        is_closed(of, line),
        last_code == 0x2026 || (last_code == '.' && before == '.'),
        (of->bits[last] & COLON) > 0,
        count_of(of, N_COMMA, line) / per_word,
        log_of(stops, table),
        capitals / per_word,
        shorts / per_word,
        count_of(of, N_DIGIT, line) / per_char,
        (first & LOWER) > 0,
        (first & UPPER) > 0,
        (first & DIGIT) > 0,
        (first & QUOTE) > 0,
        (first & (SYMBOL | PIPE)) > 0,
        count_of(of, N_UPPER, line) > 1 && count_of(of, N_LOWER, line) == 0,
        least(count_of(of, N_QUOTE, line), 6) / 6,
        least(count_of(of, N_PIPE, line), 4) / 4,
        count_of(of, N_SYMBOL, line) / per_char,
        least(chars / per_word, 15) / 10,
    };
    for (int row = 0; row < SHAPES; row++) out[row * lines + line] = (float)shape[row];
  }
}

static void describe_wording(const Letters *of, const uint8_t *classes, float *out) {
  int64_t lines = of->lines;
  for (int64_t line = 0; line < lines; line++) {
    int64_t counts[WORD_CLASSES + 1] = {0}, word = of->words_before[line];
    int64_t next = word + of->word_counts[line];
    double per_word = of->word_counts[line] + 1.0, spread = sqrt(per_word);
    int opening = WORD_CLASSES;
    if (word < next && of->word_starts[word] == of->starts[line]) opening = classes[word];
    for (; word < next; word++) counts[classes[word]]++;
    out[line] = (float)(counts[FUNCTION] / per_word);
    for (int kind = 1; kind < WORD_CLASSES; kind++) {
      out[kind * lines + line] = (float)(least(counts[kind], 5) * spread / per_word);
    }
    for (int kind = CAPTION; kind <= DATE; kind++) {
      out[(WORD_CLASSES + kind - CAPTION) * lines + line] = opening == kind;
    }
  }
}

/* A word, by its hash: how often lines have it, and dense lines. */
typedef struct {
  uint64_t hash;
  uint32_t all, dense : 31, is_first : 1;
} Name;

static int is_content(const Letters *of, const uint8_t *classes, int64_t word) {
  return classes[word] != FUNCTION && of->word_lengths[word] >= CONTENT_CHARS;
}

/* Returns 0, or -1 where there is no memory. */
static int describe_echoes(const Letters *of, const WordTable *table, const uint8_t *classes,
                           const double *dense, float *out) {
  int64_t lines = of->lines, contents = 0, slots = 16;
  for (int64_t word = 0; word < of->words; word++) contents += is_content(of, classes, word);
  while (slots < 2 * contents) slots *= 2;
  Name *names = calloc(slots, sizeof *names);
  uint32_t *name_of = malloc((contents + 1) * sizeof *name_of);
  int is_done = names && name_of;
  for (int64_t word = 0, next = 0; is_done && word < of->words; word++) {
    if (!is_content(of, classes, word)) continue;
    uint64_t hash = of->hashes[word], slot = (hash >> 32) & (slots - 1);
    int64_t line = of->word_lines[word];
    while (names[slot].all && names[slot].hash != hash) slot = (slot + 1) & (slots - 1);
    names[slot].hash = hash;
    names[slot].all++;
    names[slot].dense += dense[line] > 0;
    names[slot].is_first |= line == 0;
    name_of[next++] = (uint32_t)slot;
  }
  for (int64_t line = 0, place = 0; is_done && line < lines; line++) {
    int64_t in_dense = 0, elsewhere = 0, in_first = 0, content = 0;
    int64_t word = of->words_before[line], next = word + of->word_counts[line];
    for (; word < next; word++) {
      if (!is_content(of, classes, word)) continue;
      const Name *name = &names[name_of[place++]];
      content++;
      in_dense += name->dense > (dense[line] > 0);
      elsewhere += name->all > 1;
      in_first += name->is_first;
    }
    double per_line = content + 1.0;
    out[line] = (float)(in_dense / per_line);
    out[lines + line] = (float)log_of(in_dense, table);
    out[2 * lines + line] = (float)(elsewhere / per_line);
    out[3 * lines + line] = (float)(in_first / per_line);
  }
  free(names);
  free(name_of);
  return is_done ? 0 : -1;
}

static void describe_span(const Sums *sums, int64_t lines, const WordTable *table, float *out) {
  const double *total = sums->gain, *so_far = sums->running_count;
  double lowest = total[0], most = total[1] - total[0];
  int64_t first = 0, last = 0, low = 0;
  for (int64_t at = 0; at < lines; at++) {
    if (total[at] <= lowest) {
      lowest = total[at];
      low = at;
    }
    if (at == 0 || total[at + 1] - lowest > most) {
      most = total[at + 1] - lowest;
      last = at;
      first = low;
    }
  }
  float span_words = (float)log_of(so_far[last + 1] - so_far[first], table);
  for (int64_t at = 0; at < lines; at++) {
    int is_before = at < first, is_after = at > last;
    double place = (double)(at - first) / (double)(last - first + 1);
    out[at] = !is_before && !is_after;
    out[lines + at] = is_before ? (float)log_of(first - at, table) : 0;
    out[2 * lines + at] = is_after ? (float)log_of(at - last, table) : 0;
    out[3 * lines + at] = is_before ? (float)log_of(so_far[first] - so_far[at], table) : 0;
    out[4 * lines + at] = is_after ? (float)log_of(so_far[at + 1] - so_far[last + 1], table) : 0;
    out[5 * lines + at] = span_words;
    out[6 * lines + at] = (float)(place < -1 ? -1 : place > 2 ? 2 : place);
  }
}

/* The value at a place in ascending order; `tally` has the lines of every half word. */
static double value_at(int64_t place, const int32_t *tally) {
  int64_t value = 0;
  while ((place -= tally[value]) >= 0) value++;
  return value / 2.0;
}

static void describe_text(const Letters *of, const LineMarks *marks, const double *count,
                          const int32_t *tally, float *out) {
  int64_t lines = of->lines, gaps = 0, upper = 0, lower = 0, unspaced = 0, half = lines / 2;
  double all = 0, closed = 0;
  for (int64_t line = 0; line < lines; line++) {
    gaps += marks->gaps[line];
    upper += count_of(of, N_UPPER, line);
    lower += count_of(of, N_LOWER, line);
    unspaced += count_of(of, N_UNSPACED, line);
    all += count[line];
    closed += is_closed(of, line) ? count[line] : 0;
  }
  double median = value_at(half, tally);
  if (lines % 2 == 0) median = (value_at(half - 1, tally) + median) / 2;
  double rates[] = {
      log1p(lines), (double)gaps / lines, closed / (all + 1), upper / (upper + lower + 1.0),
      (double)unspaced / of->size, log1p(median),
  };
  for (int row = 0; row < RATES; row++) {
    for (int64_t line = 0; line < lines; line++) out[row * lines + line] = (float)rates[row];
  }
}

static void describe_place(const Sums *sums, int64_t lines, float *out) {
  static const int64_t reaches[] = {5, 20};
  const double *words = sums->running_count, *prose = sums->running_dense;
  for (int64_t at = 0; at < lines; at++) {
    out[at] = (float)((double)at / lines);
    out[lines + at] = (float)(prose[at] / (prose[lines] + 1));
    out[2 * lines + at] = (float)((prose[lines] - prose[at + 1]) / (prose[lines] + 1));
    for (int row = 0; row < 2; row++) {
      int64_t first = at > reaches[row] ? at - reaches[row] : 0;
      int64_t stop = at + reaches[row] + 1 < lines ? at + reaches[row] + 1 : lines;
      double near = (prose[stop] - prose[first]) / (words[stop] - words[first] + 1);
      out[(3 + row) * lines + at] = (float)near;
    }
  }
}

static void describe_clues(const LineMarks *marks, int64_t lines, const WordTable *table,
                           float *out) {
  int64_t last[SINCE], seen[SINCE] = {0};
  for (int role = 0; role < SINCE; role++) last[role] = -NO_CLUE_YET;
  for (int64_t at = 0; at < lines; at++) {
    int role = marks->roles[at] - 1;
    if (role >= 0 && role < SINCE) {
      last[role] = at;
      seen[role]++;
    }
    for (int row = 0; row < SINCE; row++) {
      out[row * lines + at] = (float)(least(at - last[row], NO_CLUE_YET) / 20.0);
    }
    for (int row = 0; row < SEEN; row++) {
      out[(SINCE + row) * lines + at] = (float)log_of(seen[row], table);
    }
    for (int row = 0; row < CLUE_ROLES; row++) out[(SINCE + SEEN + row) * lines + at] = role == row;
    float *told = out + (SINCE + SEEN + CLUE_ROLES) * lines;
    told[at] = marks->whole[at];
    told[lines + at] = marks->believed[at];
    told[2 * lines + at] = at >= marks->span_first && at < marks->span_stop;
  }
}

/* Fills one row a feature, one column a line, as `FEATURES` of line_features.py are in order.
 * Returns 0, or -1 where there is no memory. */
int describe_lines(int64_t *buffer, int64_t size, int64_t lines, int64_t words,
                   const WordTable *table, const LineMarks *marks, float *out) {
  Letters of = find_arrays(buffer, size, lines, words);
  int64_t most = 0;
  for (int64_t line = 0; line < lines; line++) {
    int64_t halves = 2 * of.word_counts[line] + count_of(&of, N_UNSPACED, line);
    if (halves > most) most = halves;
  }
  int32_t *tally = calloc(most + 1, sizeof *tally);
  uint8_t *classes = malloc(words + 1);
  double *room = malloc(5 * (lines + 1) * sizeof *room);
  int is_done = tally && classes && room;
  if (is_done) {
    Sums sums = {room, room + lines + 1, room + 2 * (lines + 1), room + 3 * (lines + 1),
                 room + 4 * (lines + 1)};
    sums.running_count[0] = sums.running_dense[0] = sums.gain[0] = 0;
    for (int64_t line = 0; line < lines; line++) {
      int64_t halves = 2 * of.word_counts[line] + count_of(&of, N_UNSPACED, line);
      double count = halves / 2.0;
      int is_dense = (count >= DENSE_WORDS && is_closed(&of, line)) || count >= LONG_WORDS;
      tally[halves]++;
      sums.count[line] = count;
      sums.dense[line] = is_dense ? count : 0;
      sums.running_count[line + 1] = sums.running_count[line] + count;
      sums.running_dense[line + 1] = sums.running_dense[line] + sums.dense[line];
      sums.gain[line + 1] = sums.gain[line] + (is_dense ? count : -(2 + 0.7 * count));
    }
    for (int64_t word = 0; word < words; word++) {
      classes[word] = (uint8_t)class_of(of.hashes[word], table);
    }
    describe_shape(&of, table, sums.count, out);
    describe_wording(&of, classes, out + WORDING * lines);
    for (int64_t line = 0; line < lines; line++) {
      out[AROUND * lines + line] = marks->repeats ? (float)marks->repeats[line] : 0;
      out[(AROUND + 1) * lines + line] = marks->gaps[line];
      out[(AROUND + 2) * lines + line] = line + 1 < lines ? marks->gaps[line + 1] : 0;
      out[DENSE * lines + line] = (float)log_of(sums.dense[line], table);
    }
    describe_span(&sums, lines, table, out + SPAN * lines);
    describe_place(&sums, lines, out + PLACE * lines);
    describe_clues(marks, lines, table, out + CLUES * lines);
    describe_text(&of, marks, sums.count, tally, out + TEXT * lines);
    is_done = describe_echoes(&of, table, classes, sums.dense, out + ECHOES * lines) == 0;
  }
  free(tally);
  free(classes);
  free(room);
  return is_done ? 0 : -1;
}

/* The net of line_net.py: dilations as there, channels as its file has them. */
enum { CHANNELS = 24, VECTORS = 3, IN_VECTOR = 8, HEADS = 4, LAYERS = 5, MARGIN = 16, AT_ONCE = 4 };
enum { FIRST_ROWS = FEATURES + 1, MIDDLE_ROWS = 3 * CHANNELS + 1, LAST_ROWS = CHANNELS + 1 };
static const int64_t DILATIONS[LAYERS] = {1, 2, 4, 8, 16};

typedef float Vector __attribute__((vector_size(4 * IN_VECTOR), aligned(4)));

/* Wider registers where there are some. Sums are the same: each channel is summed by itself. */
#if defined(__x86_64__) && defined(__GLIBC__)
#define ON_EVERY_PROCESSOR __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define ON_EVERY_PROCESSOR
#endif

static const Vector *row_of(const float *weights, int64_t row) {
  return (const Vector *)(weights + row * CHANNELS);
}

/* `inputs` has one row a feature; `out` gets one row a line. */
ON_EVERY_PROCESSOR
static void judge_first(const float *inputs, int64_t lines, const float *weights, float *out) {
  for (int64_t line = 0; line < lines; line += AT_ONCE) {
    int64_t count = lines - line < AT_ONCE ? lines - line : AT_ONCE;
    Vector sums[AT_ONCE][VECTORS];
    for (int at = 0; at < AT_ONCE; at++) {
      for (int part = 0; part < VECTORS; part++) sums[at][part] = row_of(weights, FEATURES)[part];
    }
    for (int64_t feature = 0; feature < FEATURES; feature++) {
      const Vector *weight = row_of(weights, feature);
      const float *figures = inputs + feature * lines + line;
      for (int at = 0; at < AT_ONCE; at++) {
        float figure = figures[at < count ? at : 0];
        for (int part = 0; part < VECTORS; part++) sums[at][part] += figure * weight[part];
      }
    }
    for (int at = 0; at < count; at++) {
      for (int channel = 0; channel < CHANNELS; channel++) {
        float sum = sums[at][channel / IN_VECTOR][channel % IN_VECTOR];
        out[(line + at) * CHANNELS + channel] = sum > 0 ? sum : 0;
      }
    }
  }
}

/* Of each line of `in` the one `dilation` before it, itself and the one after it; zeros stand
 * before the first line, and after the last as far as whole steps reach. */
ON_EVERY_PROCESSOR
static void judge_middle(const float *in, int64_t dilation, int64_t lines, const float *weights,
                         float *out) {
  for (int64_t line = 0; line < lines; line += AT_ONCE) {
    Vector sums[AT_ONCE][VECTORS];
    for (int at = 0; at < AT_ONCE; at++) {
      for (int part = 0; part < VECTORS; part++) {
        sums[at][part] = row_of(weights, 3 * CHANNELS)[part];
      }
    }
    for (int tap = 0; tap < 3; tap++) {
      const float *from = in + (line + (tap - 1) * dilation) * CHANNELS;
      for (int channel = 0; channel < CHANNELS; channel++) {
        const Vector *weight = row_of(weights, tap * CHANNELS + channel);
        for (int at = 0; at < AT_ONCE; at++) {
          float value = from[at * CHANNELS + channel];
          for (int part = 0; part < VECTORS; part++) sums[at][part] += value * weight[part];
        }
      }
    }
    for (int at = 0; at < AT_ONCE && line + at < lines; at++) {
      for (int channel = 0; channel < CHANNELS; channel++) {
        float sum = sums[at][channel / IN_VECTOR][channel % IN_VECTOR];
        int64_t place = (line + at) * CHANNELS + channel;
        out[place] = in[place] + (sum > 0 ? sum : 0);
      }
    }
  }
}

/* Answers of every net for every line, by head. Weights lie as in `LineNet`: by layer, net, row.
 * Returns 0, or -1 where there is no memory. */
int judge_lines(const float *inputs, int64_t lines, int64_t nets, const float *first,
                const float *middle, const float *last, float *answers) {
  int64_t size = (lines + 2 * MARGIN + AT_ONCE) * CHANNELS;
  float *room = calloc(2 * size, sizeof *room);
  if (!room) return -1;
  float *here = room + MARGIN * CHANNELS, *next = here + size;
  for (int64_t net = 0; net < nets; net++) {
    judge_first(inputs, lines, first + net * FIRST_ROWS * CHANNELS, here);
    for (int64_t layer = 0; layer < LAYERS; layer++) {
      const float *weights = middle + (layer * nets + net) * MIDDLE_ROWS * CHANNELS;
      judge_middle(here, DILATIONS[layer], lines, weights, next);
      float *swapped = here;
      here = next;
      next = swapped;
    }
    const float *weights = last + net * LAST_ROWS * HEADS;
    for (int64_t line = 0; line < lines; line++) {
      float sums[HEADS];
      for (int head = 0; head < HEADS; head++) sums[head] = weights[CHANNELS * HEADS + head];
      for (int channel = 0; channel < CHANNELS; channel++) {
        float value = here[line * CHANNELS + channel];
        for (int head = 0; head < HEADS; head++) {
          sums[head] += value * weights[channel * HEADS + head];
        }
      }
      for (int head = 0; head < HEADS; head++) {
        answers[(net * lines + line) * HEADS + head] = sums[head];
      }
    }
  }
  free(room);
  return 0;
}
