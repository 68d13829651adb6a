namespace Microsoft.ML.Introspection.Text.Subwords;

/// <summary>Tokens and their numbers.</summary>
internal sealed class Vocabulary
{
    /// <summary>The largest number of tokens, and the bound of their numbers.</summary>
    public const int MostTokens = 1 << 22;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<int, string> _tokens;

    /// <summary>Keeps a vocabulary.</summary>
    /// <param name="tokens">Tokens with their numbers; of those that occur twice, the last counts.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="InvalidDataException">There are none, too many, or numbers out of bounds.</exception>
    public Vocabulary(IEnumerable<KeyValuePair<string, int>> tokens, string source)
    {
        (_ids, _tokens) = (new Dictionary<string, int>(StringComparer.Ordinal), []);
        foreach (var (token, id) in tokens)
        {
            if (id is < 0 or >= MostTokens || _ids.Count >= MostTokens)
                throw new InvalidDataException($"'{source}' numbers the token '{Shown(token)}' {id}; numbers from 0 to {MostTokens - 1} "
                    + "were expected.");
            _ids[token] = id;
            _tokens[id] = token;
        }
        if (_ids.Count == 0)
            throw new InvalidDataException($"'{source}' holds no token.");
        Size = _tokens.Keys.Max() + 1;
    }

    /// <summary>One more than the largest number.</summary>
    public int Size { get; private set; }

    /// <summary>The tokens with their numbers.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>The number of a token; null where there is no such token.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>The first of some tokens that is there.</summary>
    public int? AnyOf(params ReadOnlySpan<string> tokens)
    {
        foreach (var token in tokens)
            if (IdOf(token) is { } id)
                return id;
        return null;
    }

    /// <summary>The token of a number; empty where there is none.</summary>
    public string TokenOf(int id) => _tokens.GetValueOrDefault(id, "");

    /// <summary>Adds a token that the model itself does not know.</summary>
    public void Add(string token, int id)
    {
        _ids[token] = id;
        _tokens[id] = token;
        Size = Math.Max(Size, id + 1);
    }

    /// <summary>A token for a message: not too long.</summary>
    public static string Shown(string token) => token.Length > 40 ? token[..40] + "…" : token;
}
