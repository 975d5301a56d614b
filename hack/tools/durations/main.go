// Durations prints what Go's time.ParseDuration answers to odd and ordinary strings, as the table
// that the parser of sleep/ is compared with:
//
//	go run . >../../../sleep/testdata/durations.tsv
//
// A row is a quoted string, a tab, and nanoseconds or "invalid". In the string, bytes other than
// printable ASCII, quotes and backslashes are written \xHH.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"
)

var units = []string{"ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h"}

func main() {
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "# What Go's time.ParseDuration answers, made by hack/tools/durations.")
	seen := map[string]bool{}
	for _, text := range append(append(byHand(), byUnit()...), byChance()...) {
		if seen[text] {
			continue
		}
		seen[text] = true
		answer := "invalid"
		if d, err := time.ParseDuration(text); err == nil {
			answer = fmt.Sprint(int64(d))
		}
		fmt.Fprintf(out, "\"%s\"\t%s\n", escape(text), answer)
	}
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "durations:", err)
		os.Exit(1)
	}
}

func escape(text string) string {
	var out strings.Builder
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			fmt.Fprintf(&out, `\x%02x`, c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// Each rule and each limit of the format.
func byHand() []string {
	return []string{
		// ordinary
		"720h", "1h15m30.918s", "1h", "90m", "5s", "30s", "250ms", "1.5h", ".5h", "5.s", "-1s",
		"+5s",
		"1h1h", "1s1h", "10.5s4m", "-2m3.4s", "1h2m3s4ms5us6ns", "39h9m14.425s", "007h", "+.5s",
		"-.5s",
		"5.6s", "5.000s", "12\u00b5s", "12\u03bcs", "-1h-1m", "1h+1m", "0.3333333333333333333h",
		// zero
		"0", "-0", "+0", "00", "0.", "0.0", ".0", "0s", "-0s", "0h0m0s", "000000000000000000000s",
		"0.0h", "+0.0ns",
		// no numbers, no units
		"", "+", "-", "++1s", "--1s", "+-1s", "s", "h", ".", "..", ".s", "-.s", "+.s", ".h", "1",
		"3", "-5",
		"1.", "1.5", "1h1", "1h1.", "1h.", "1h.s", "1..s", "1.5.s", "1.5.5s", "1h.5", "ns", "-ns",
		// unknown units
		"1d", "1w", "1y", "1S", "1H", "1M", "1Ms", "1MS", "1hr", "1hour", "1sec", "1min", "1n",
		"1u", "1\u00b5",
		"1\u03bc", "1mss", "1hm", "1sm", "1smh1s", "1nss", "1\u00b5\u00b5s", "1\u03bb", "1\u2126s",
		"1\u00b5m",
		// other notations
		"1e3s", "1E3s", "0x10s", "1_000s", "1,5s", "1:30", "PT1H", "inf", "NaN", "infinity", "1/2h",
		"1h,1m",
		// spaces and bytes that are no text
		" ", " 1s", "1s ", "1 s", "1h 1m", "\t1s", "1s\n", "\u00a01s", "1\u00a0s", "- 1s", "1s\r",
		"1\u200bs",
		"\xff", "1\xff", "1\xffs", "1\xc2s", "1\xb5s", "1\xce\xb5s", "1\xc2\xbcs", "\xc2\xb5s",
		"1\xc2\xb5", "1s\xff",
		"\u0661s", "\uff11s", "1\uff53", "1\u0455", "\U0001f550", "1s\U0001f550", "\"1s\"", "\\",
		"1\\s", "\u22121s",
		"1\x01ms", "1\x01s", "1xxxxxxxxs", "1xxxxxxxxms", "1s\u00b5s", "1\x7fs",
		// the largest, and one more
		"9223372036854775807ns", "9223372036854775808ns", "9223372036854775809ns",
		"9223372036854775806ns",
		"-9223372036854775807ns", "-9223372036854775808ns", "-9223372036854775809ns",
		"+9223372036854775807ns",
		"9223372036854775.807us", "9223372036854775.808us", "-9223372036854775.808us",
		"-9223372036854775.809us",
		"9223372036854ms775us807ns", "9223372036854ms775us808ns", "-9223372036854ms775us808ns",
		"-9223372036854ms775us809ns", "9223372036854775ms", "9223372036.854775807s",
		"9223372036.854775808s",
		"-9223372036.854775808s", "9223372036s", "9223372037s", "153722867m", "153722868m",
		"2562047h", "2562048h", "2562047h47m16.854775807s", "2562047h47m16.854775808s",
		"-2562047h47m16.854775808s", "-2562047h47m16.854775809s", "2562047h47m17s",
		"2562047.7880152155h",
		"2562047.788015216h", "2562047.7h", "2562047.8h", "-2562047.788h",
		"9223372036854775807ns1ns",
		"9223372036854775807ns0.5ns", "9223372036854775807.9ns", "9223372036854775808.9ns",
		"-9223372036854775808.9ns", "-9223372036854775808ns1ns", "1ns9223372036854775807ns",
		"18446744073709551615ns", "18446744073709551616ns", "18446744073709551617ns",
		"99999999999999999999ns",
		"92233720368547758070ns", "9223372036854775800ns", "922337203685477580ns",
		"922337203685477581us",
		"3000000h", "9223372036854775807h", "9223372036854775808s",
		"100000000000000000000000000000h",
		// sums that come round
		"9223372036854775808ns9223372036854775808ns", "-9223372036854775808ns9223372036854775808ns",
		"9223372036854775808ns9223372036854775808ns1s",
		"9223372036854775807ns9223372036854775807ns",
		// long fractions
		"0.1ns", "0.9ns", "0.999999999999ns", "0.5us", "0.0005us", "0.00000000000000000001h",
		"0.100000000000000000000h", "0.830103483285477580700h", "0.9223372036854775807h",
		"0.9223372036854775808h", "0.9223372036854775809h", "0.9223372036854775810h",
		"0.922337203685477580s",
		"0.922337203685477581s", "0.9999999999999999999s", "0.99999999999999999999999999999999h",
		"1.0000000000000000000000000000000001h", "0.000000000000000000000000000001h",
		"0.3333333333333333333s",
		"0.6666666666666666667m", "0.1234567890123456789h", "9007199254.740993s", "52763797000ns",
		"1.9999999999ns",
		"0." + strings.Repeat("0", 400) + "1h", "0." + strings.Repeat("9", 400) + "h",
		strings.Repeat("0", 400) + "1s", strings.Repeat("1ns", 100), strings.Repeat("1h", 3000)[:200] + "x",
	}
}

// Each number with each unit.
func byUnit() []string {
	numbers := []string{"1", "+2", "-3", ".7", "4.", "1.5", "0.1", "0.000000001", "123456789.123456789",
		"9223372036854775807", "0.123456789123456789123456789"}
	var all []string
	for _, number := range numbers {
		for _, unit := range units {
			all = append(all, number+unit)
		}
	}
	return all
}

// Strings of the format's own characters. The generator is fixed, so that each run gives the same.
func byChance() []string {
	state := uint64(720)
	next := func(n int) int {
		state = state*6364136223846793005 + 1442695040888963407 // Knuth, MMIX
		return int(state >> 33 % uint64(n))
	}
	digits := func(most int) string {
		var out strings.Builder
		for range next(most + 1) {
			out.WriteByte(byte('0' + next(10)))
		}
		return out.String()
	}
	var all []string
	for range 300 {
		text := []string{"", "", "", "-", "+"}[next(5)]
		for range 1 + next(3) {
			text += digits([]int{2, 4, 8, 19}[next(4)])
			if next(2) == 0 {
				text += "." + digits([]int{3, 9, 25}[next(3)])
			}
			text += append(units, "", "d", " ", "x")[next(len(units)+next(5))]
		}
		all = append(all, text)
	}
	return all
}
