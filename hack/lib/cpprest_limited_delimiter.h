// Put into cpprestsdk by hack/build-cpprest: the delimiter that a head or a line ends with, or so many bytes. A match
// condition of Asio's async_read_until.
#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

class kip_limited_delimiter
{
public:
    using Iterator = boost::asio::buffers_iterator<boost::asio::const_buffers_1>;
    using result_type = std::pair<Iterator, bool>;

    explicit kip_limited_delimiter(std::string delimiter) : m_delimiter(std::move(delimiter)) {}

    // From where the call before stopped. Asio takes the iterator for the end of the match, or, without one, for the
    // place to go on from: there a delimiter may have begun.
    result_type operator()(Iterator begin, Iterator end)
    {
        const Iterator found = std::search(begin, end, m_delimiter.begin(), m_delimiter.end());
        if (found != end) return {found + m_delimiter.size(), true};
        const std::size_t kept = std::min<std::size_t>(end - begin, m_delimiter.size() - 1);
        const Iterator next = end - kept;
        m_seen += next - begin;
        return {next, m_seen > s_limit};
    }

private:
    static constexpr std::size_t s_limit = 256 << 10;
    std::string m_delimiter;
    std::size_t m_seen = 0;
};
