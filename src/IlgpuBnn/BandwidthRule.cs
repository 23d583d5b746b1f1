namespace IlgpuBnn;

/// <summary>Bandwidth h of the Stein kernel, from the distances between particles.</summary>
public enum BandwidthRule
{
    /// <summary>median^2 / ln S, with the median distance between distinct particles.</summary>
    MedianDistance,

    /// <summary>As in Liu and Wang's code: median of the full matrix of squared distances, over ln(S + 1).</summary>
    LiuWang,
}
