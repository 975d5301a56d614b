// What is not to be seen of a text: one rule for all words that others write, registries and
// container runtimes. Pure.
#pragma once

#include <string>
#include <vector>

#include "registry/credentials.h"

namespace kip::registry {

// The text with *** in the place of each secret: as it is, percent-encoded, and in both forms of
// base64. Any length counts; one of less than four bytes only where it stands alone, not within a
// word or number: it is in many words by chance, and a mask in a word that everybody knows would
// tell it.
std::string masked(std::string text, const std::vector<std::string>& secrets);
// Of what was shown to a registry, also as the name and password together.
std::string masked(std::string text, const Credentials& shown);

}  // namespace kip::registry
