namespace Microsoft.ML.Introspection.Shapley;

public partial class CoalitionDesign
{
    /// <summary>
    /// Writes a design as its paper writes the attribution: a sum of marginal contributions, weight·(v(S ∪ {i}) − v(S)). Coalitions that
    /// occur again are evaluated once.
    /// </summary>
    /// <param name="players">How many players there are.</param>
    public sealed class Builder(int players)
    {
        // A bit for every player of every coalition: 256 MiB.
        private const long MaximumBits = 1L << 31;

        private const int None = -1;
        private const int All = -2;

        private readonly List<Coalition> _coalitions = [];
        private readonly List<int> _rows = [];
        private readonly Dictionary<(Coalition, int?), int> _known = [];
        private readonly List<(int Coalition, int Part, double Weight)> _entries = [];
        private readonly double[] _none = new double[players];

        /// <summary>Adds a player's marginal contribution to a coalition.</summary>
        /// <param name="player">The player.</param>
        /// <param name="coalition">Those who are there already; the player is not among them.</param>
        /// <param name="weight">What it counts in the player's attribution.</param>
        /// <param name="row">
        /// The background row for absent players; null to average over all. Either all marginals have one, or none has.
        /// </param>
        public void Marginal(int player, Coalition coalition, double weight, int? row = null) =>
            Difference(player, Place(coalition.With(player), row), Place(coalition, row), weight);

        /// <summary>Lets players join one after the other, and adds what each of them brings.</summary>
        /// <param name="order">All players, in the order in which they join.</param>
        /// <param name="weight">What each contribution counts.</param>
        /// <param name="row">The background row for those who have not joined yet; null to average over all.</param>
        public void Walk(IEnumerable<int> order, double weight, int? row = null)
        {
            ArgumentNullException.ThrowIfNull(order);
            var joined = Coalition.None(players);
            var without = Place(joined, row);
            foreach (var player in order)
            {
                joined = joined.With(player);
                var with = Place(joined, row);
                Difference(player, with, without, weight);
                without = with;
            }
        }

        /// <summary>Makes the design.</summary>
        /// <param name="partOfPlayer">Where these players are parts of others': the part that each of the others belongs to.</param>
        public CoalitionDesign Build(IReadOnlyList<int>? partOfPlayer = null)
        {
            _entries.Sort((a, b) => a.Coalition != b.Coalition ? a.Coalition.CompareTo(b.Coalition) : a.Part.CompareTo(b.Part));
            var starts = new int[_coalitions.Count + 1];
            var (parts, weights) = (new List<int>(_entries.Count), new List<double>(_entries.Count));
            for (var i = 0; i < _entries.Count;)
            {
                // Several entries of one player in one coalition become one.
                var (coalition, part, weight) = _entries[i];
                while (++i < _entries.Count && _entries[i].Coalition == coalition && _entries[i].Part == part)
                    weight += _entries[i].Weight;
                parts.Add(part);
                weights.Add(weight);
                starts[coalition + 1]++;
            }
            for (var k = 0; k < _coalitions.Count; k++)
                starts[k + 1] += starts[k];
            return new CoalitionDesign(
                new Coalitions(players, _coalitions), _rows.Count == 0 ? null : [.. _rows], partOfPlayer is null ? null : [.. partOfPlayer],
                [.. _none], (starts, [.. parts], [.. weights]));
        }

        /// <summary>The number under which a coalition's value is had.</summary>
        internal int Place(Coalition coalition, int? row = null)
        {
            var count = coalition.Count;
            if (count == players)
                return All;
            if (count == 0 && row is null)
                return None;
            if (_known.TryGetValue((coalition, row), out var place))
                return place;
            if (_coalitions.Count > 0 && row is null != (_rows.Count == 0))
                throw new ArgumentException("Either every coalition takes one background row, or all of them are averaged over.",
                    nameof(row));
            if ((_coalitions.Count + 1L) * players > MaximumBits)
                throw new ArgumentException($"{_coalitions.Count:N0} and more coalitions of {players:N0} players do not fit in memory. "
                    + "Put features into groups, ask for fewer samples, or take partition SHAP.");
            _known.Add((coalition, row), place = _coalitions.Count);
            _coalitions.Add(coalition);
            if (row is { } number)
                _rows.Add(number);
            return place;
        }

        /// <summary>Adds weight·(v(with) − v(without)) to a player's attribution.</summary>
        internal void Difference(int player, int with, int without, double weight)
        {
            Add(player, with, weight);
            Add(player, without, -weight);
        }

        private void Add(int player, int place, double weight)
        {
            if (place >= 0)
                _entries.Add((place, player, weight));
            else if (place == None)
                _none[player] += weight;
        }
    }
}
