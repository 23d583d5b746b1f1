using System.Text.Json;
using System.Text.Json.Nodes;

namespace IlgpuBnn.Fuzz;

/// <summary>Changes of JSON: numbers multiplied, negated or set to limits; texts, lists and properties replaced, doubled or left out.</summary>
internal static class JsonMutations
{
    public static void Apply(JsonNode? root, Random random, double[] numbers, string[] texts)
    {
        List<JsonNode> nodes = [];
        Collect(root, nodes);
        if (nodes.Count == 0)
        {
            return;
        }

        switch (nodes[random.Next(nodes.Count)])
        {
            case JsonArray list:
                Change(list, random, texts);
                break;
            case JsonObject { Count: > 0 } map:
                KeyValuePair<string, JsonNode?> own = map.ElementAt(random.Next(map.Count));
                map.Remove(own.Key);
                if (random.Next(2) == 0)
                {
                    map[texts[random.Next(texts.Length)]] = own.Value;
                }

                break;
            case JsonValue { Parent: not null } value:
                value.ReplaceWith(Changed(value, random, numbers, texts));
                break;
            default:
                break;
        }
    }

    private static void Change(JsonArray list, Random random, string[] texts)
    {
        JsonNode? copy = list.Count == 0 ? null : list[random.Next(list.Count)]?.DeepClone();
        switch (random.Next(6))
        {
            case 0:
                list.Clear();
                break;
            case 1:
                list.Insert(random.Next(list.Count + 1), copy);
                break;
            case 2:
                list.Add((JsonNode?)null);
                break;
            case 3:
                list.Add(texts[random.Next(texts.Length)]);
                break;
            case 4 when list.Count > 0:
                list.RemoveAt(random.Next(list.Count));
                break;
            default:
                for (int k = 0; k < 1200; k++)
                {
                    list.Add(copy?.DeepClone());
                }

                break;
        }
    }

    private static JsonNode? Changed(JsonValue value, Random random, double[] numbers, string[] texts)
    {
        double number = numbers[random.Next(numbers.Length)];
        if (value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double found) && random.Next(2) == 0)
        {
            number = random.Next(4) switch { 0 => -found, 1 => found * 1000, 2 => found + 1, _ => found / 3 };
        }

        return random.Next(value.GetValueKind() == JsonValueKind.Number ? 8 : 3) switch
        {
            0 => texts[random.Next(texts.Length)],
            1 when random.Next(2) == 0 => null,
            1 => random.Next(2) == 0,
            _ when !double.IsFinite(number) => JsonValue.Create(number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            _ when double.IsInteger(number) && Math.Abs(number) < 9e18 => JsonValue.Create((long)number),
            _ => JsonValue.Create(number),
        };
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
        {
            return;
        }

        nodes.Add(node);
        foreach (JsonNode? child in node is JsonArray list ? list : node is JsonObject map ? map.Select(own => own.Value) : [])
        {
            Collect(child, nodes);
        }
    }
}
